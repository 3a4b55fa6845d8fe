import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { StartedAhead } from "../../started-ahead";
import { CommandError } from "./command-error";
import type { CommandOutput } from "./command-inputs";
import type { OutputCollector } from "./output-collector";

/** How long a stopped command has to clean up after itself before it is killed, in milliseconds. */
const STOP_GRACE = 2_000;

export interface LocalProcess {
  /** Default: `/bin/sh -c`. The command is its last argument. */
  interpreter?: string[];
  command: string;
  directory: string;
  environment: NodeJS.ProcessEnv;
  stdin?: string;
  output: OutputCollector;
  /** Ends the command and everything that it started. */
  signal: AbortSignal;
  /** Asked first, where the command has no interpreter of its own. */
  ahead?: StartedAhead;
}

/**
 * Runs a command in a process group of its own, so that Ctrl-C at the terminal does not reach it and an abort reaches
 * all of it. Throws `CommandError` when it cannot start or ends with anything but status 0.
 */
export async function runLocalProcess(process: LocalProcess): Promise<CommandOutput> {
  const { command, output, signal } = process;
  if (signal.aborted) throw new CommandError(`not started, ${whyAborted(signal)}`, command, "");

  const child = started(process);
  child.stdout?.on("data", (chunk) => output.add("stdout", chunk));
  child.stderr?.on("data", (chunk) => output.add("stderr", chunk));
  // A command that does not read its input to the end is none of our business.
  child.stdin?.on("error", () => {}).end(process.stdin);

  let killing: NodeJS.Timeout | undefined;
  const stop = () => {
    killGroup(child.pid, "SIGTERM");
    killing = setTimeout(() => killGroup(child.pid, "SIGKILL"), STOP_GRACE);
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    const { code, killer } = await new Promise<{ code: number | null; killer: string | null }>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, killer) => resolve({ code, killer }));
    });
    const printed = output.end();
    if (signal.aborted) throw new CommandError(`signal: killed, ${whyAborted(signal)}`, command, output.combined);
    if (killer) throw new CommandError(`signal: ${killer}`, command, output.combined);
    if (code !== 0) throw new CommandError(`exit status ${code}`, command, output.combined);
    return printed;
  } catch (error) {
    throw error instanceof CommandError ? error : new CommandError(whyNotStarted(error, process), command, "");
  } finally {
    signal.removeEventListener("abort", stop);
    clearTimeout(killing);
  }
}

function started({ interpreter, command, directory, environment, stdin, ahead }: LocalProcess): ChildProcess {
  const [program, ...args] = interpreterOf(interpreter);
  return (
    (interpreter?.length ? undefined : ahead?.take(command, directory, environment)) ??
    spawn(program as string, [...args, command], {
      cwd: directory,
      env: environment,
      detached: true,
      stdio: [stdin ? "pipe" : "ignore", "pipe", "pipe"],
    })
  );
}

function interpreterOf(interpreter: string[] | undefined): string[] {
  return interpreter?.length ? interpreter : ["/bin/sh", "-c"];
}

function killGroup(pid: number | undefined, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // Nothing of the group is left.
  }
}

export function whyAborted(signal: AbortSignal): string {
  return signal.reason?.name === "TimeoutError" ? "its time limit was over" : "the run was cancelled";
}

function whyNotStarted(error: unknown, { interpreter, directory }: LocalProcess): string {
  const [program] = interpreterOf(interpreter);
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT" && !existsSync(directory)) return `dir ${JSON.stringify(directory)} does not exist`;
  if (code === "ENOENT") return `interpreter ${JSON.stringify(program)} is not installed`;
  if (code === "E2BIG") {
    return "its arguments and environment are too long (the last output is in it: set addPreviousOutputInEnv to false)";
  }
  return `it could not be started (${code ?? String(error)})`;
}
