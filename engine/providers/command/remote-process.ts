import type { Client, ClientChannel } from "ssh2";
import { CommandError } from "./command-error";
import type { CommandOutput } from "./command-inputs";
import { whyAborted } from "./local-process";
import { OutputCollector } from "./output-collector";

export interface RemoteProcess {
  command: string;
  /** Only what the host's AcceptEnv lets through arrives; see `refusedVariables`. */
  environment: Record<string, string>;
  stdin?: string;
  output: OutputCollector;
  signal: AbortSignal;
}

/** The host takes no further command on this connection (MaxSessions of its sshd_config); nothing was started. */
export class ConnectionFullError extends Error {}

/** Runs a command on a host. Throws `CommandError` when it ends with anything but status 0, or the connection is lost. */
export function runRemoteProcess(client: Client, process: RemoteProcess): Promise<CommandOutput> {
  const { command, environment, output, signal } = process;
  return new Promise((resolve, reject) => {
    let ending: { code: number | null; signal?: string } | undefined;
    let lost = "";
    const noteLoss = (error: Error) => {
      lost = error.message;
    };
    const settle = (act: () => void) => {
      client.off("error", noteLoss);
      act();
    };
    const fail = (how: string) => settle(() => reject(new CommandError(how, command, output.combined)));
    client.on("error", noteLoss);
    client.exec(command, { env: environment }, (error, channel: ClientChannel) => {
      if (error && "reason" in error) return settle(() => reject(new ConnectionFullError(error.message)));
      if (error) return fail(`it could not be started (${error.message})`);
      const stop = () => {
        channel.signal("TERM");
        fail(`stopped, ${whyAborted(signal)}; what it started on the host may still run`);
        channel.close();
      };
      signal.addEventListener("abort", stop, { once: true });
      channel.on("data", (chunk: Buffer) => output.add("stdout", chunk));
      channel.stderr.on("data", (chunk: Buffer) => output.add("stderr", chunk));
      channel.on("exit", (code: number | null, killer?: string) => {
        ending = { code, signal: killer };
      });
      channel.on("error", () => {}); // A command that does not read its input to the end is none of our business.
      channel.on("close", () => {
        signal.removeEventListener("abort", stop);
        const printed = output.end();
        if (!ending) fail(`the connection was lost${lost && ` (${lost})`}; the command may still run on the host`);
        else if (ending.signal) fail(`Process ended by signal ${ending.signal}`);
        else if (ending.code !== 0) fail(`Process exited with status ${ending.code}`);
        else settle(() => resolve(printed));
      });
      channel.end(process.stdin);
    });
  });
}

/**
 * Names of variables that the host's SSH server keeps from commands (AcceptEnv of its configuration). Asked of the host
 * by a command of its own, as the server says nothing.
 */
export async function refusedVariables(
  client: Client,
  environment: Record<string, string>,
  signal: AbortSignal,
): Promise<string[]> {
  const names = Object.keys(environment).filter((name) => /^[A-Za-z_]\w*$/.test(name));
  if (names.length === 0) return [];
  const command = `for name in ${names.join(" ")}; do eval "[ -n \\"\\\${$name+set}\\" ]" || echo "$name"; done`;
  const output = new OutputCollector("none", () => {});
  const { stdout } = await runRemoteProcess(client, { command, environment, output, signal });
  return stdout.split("\n").filter(Boolean);
}
