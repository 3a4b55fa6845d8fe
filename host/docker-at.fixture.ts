import { docker } from "./docker";

/** Leads this process's client of Docker to another socket for the time of an action: by default where nobody listens. */
export async function withDockerAt<T>(action: () => Promise<T>, socketPath = "/nonexistent/docker.sock"): Promise<T> {
  const modem = docker().modem as { socketPath?: unknown; socketPathCache?: unknown };
  const { socketPath: before } = modem;
  lead(socketPath);
  try {
    return await action();
  } finally {
    lead(before);
  }

  function lead(to: unknown): void {
    Object.assign(modem, { socketPath: to, socketPathCache: undefined });
  }
}
