import { docker } from "./docker";

/** As Node tells of a connection that was refused. */
type SystemError = Error & { syscall?: string; address?: string; port?: number };

/** What an error of a command means to whoever called it. */
export function explain(error: SystemError): string {
  if (!isFromDocker(error) && !isFromDocker((error.cause ?? {}) as SystemError)) return error.message;
  return `Docker does not answer (${error.message}); is it running, and may this user use it? try: docker info`;
}

/** Not every file that is not there, and not every port at which nobody listens, is Docker's. */
function isFromDocker({ syscall, address, port }: SystemError): boolean {
  if (syscall !== "connect") return false;
  const { host, port: dockerPort } = docker().modem as { host?: string; port?: number | string };
  // The only socket with a path that a command connects to; those of locks have a name.
  return host === undefined ? port === undefined && address !== undefined : port === Number(dockerPort);
}
