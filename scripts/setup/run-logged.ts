import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { stopped, throwIfStopped } from "./interruption";

/** Lines of a log that an error shows. */
const SHOWN_LINES = 20;

/** A command that failed; its message ends with the last lines of its output and where all of it is. */
export class CommandError extends Error {
  override name = "CommandError";

  constructor(
    what: string,
    readonly output: string,
    logFile: string,
  ) {
    super(`${what}\n${lastLines(output)}\nall of it is in ${logFile}`);
  }
}

export function lastLines(output: string): string {
  return output
    .trimEnd()
    .split("\n")
    .slice(-SHOWN_LINES)
    .map((line) => `  | ${line}`)
    .join("\n");
}

/**
 * Runs a command with its output in a log file. Whoever wants the end of the setup ends it, too.
 * @param onStdout Takes stdout in place of the log, for a command that writes data there; where it fails before all is
 * written, that is the error.
 */
export async function runLogged(
  command: string[],
  logFile: string,
  options: { env?: NodeJS.ProcessEnv; onStdout?: (data: Readable) => Promise<unknown> } = {},
): Promise<void> {
  throwIfStopped();
  mkdirSync(dirname(logFile), { recursive: true });
  const log = createWriteStream(logFile);
  const [program = "", ...args] = command;
  const child = spawn(program, args, { env: { ...process.env, ...options.env }, stdio: ["ignore", "pipe", "pipe"] });
  const end = () => child.kill();
  stopped.addEventListener("abort", end);
  let output = "";
  const record = (text: string) => {
    output += text;
    log.write(text);
  };
  child.stderr.setEncoding("utf8").on("data", record);
  let refusal: Error | undefined;
  const taken = options.onStdout?.(child.stdout).catch((error: Error) => {
    if (!child.stdout.readableEnded) {
      refusal = error;
      // It would wait for ever for somebody to read on.
      child.stdout.destroy();
      child.kill();
    }
    throw error;
  });
  if (!taken) child.stdout.setEncoding("utf8").on("data", record);

  const ended = new Promise<number | null>((done, fail) => {
    child.on("error", fail);
    child.on("close", done);
  });
  const [code] = await Promise.all([ended, taken?.catch(() => undefined)]).finally(() => {
    stopped.removeEventListener("abort", end);
    return finished(log.end());
  });
  throwIfStopped();
  if (refusal) throw refusal;
  if (code !== 0) throw new CommandError(`${program} failed (exit code ${code})`, output, logFile);
  await taken;
}
