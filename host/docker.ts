import { PassThrough, type Readable } from "node:stream";
import type Docker from "dockerode";
import { KEPT_CHARACTERS, keptEnd } from "./kept-end";
import { masked } from "./masked";

/** Longest wait for the exit code of a command whose output has ended, in milliseconds. */
const EXIT_CODE_MS = 5000;
const LOOK_EVERY_MS = 5;
/** Docker's answer to the start of a container that runs. */
const RUNS_ALREADY = 304;
const NOT_THERE = 404;
/** Its answer, and Node's codes, where it comes or goes. */
const UNAVAILABLE = 503;
const SILENT_CODES = ["ECONNREFUSED", "ECONNRESET", "ENOENT", "EPIPE", "ETIMEDOUT"];

export interface CommandResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

let connection: Docker | undefined;

/** The engine of this host: DOCKER_HOST, or the socket. The client is loaded only by a command that needs it. */
export function docker(): Docker {
  if (!connection) {
    const Client = require("dockerode") as typeof Docker;
    connection = new Client();
  }
  return connection;
}

/** What the engine answers about a container, an image or a volume; `undefined` where there is no such thing. */
export async function ifThere<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === NOT_THERE) return undefined;
    throw error;
  }
}

/** Whether it is the engine itself that does not answer, as while it is restarted, and not what it was asked about. */
export function isDockerSilent({
  code = "",
  name,
  statusCode,
}: Error & { code?: string; statusCode?: number }): boolean {
  if (statusCode !== undefined) return statusCode === UNAVAILABLE;
  return SILENT_CODES.includes(code) || ["AbortError", "TimeoutError"].includes(name);
}

/** Starts a container; one that runs is fine. */
export async function startContainer(id: string): Promise<void> {
  await docker()
    .getContainer(id)
    .start()
    .catch((error: { statusCode?: number }) => {
      if (error.statusCode !== RUNS_ALREADY) throw error;
    });
}

export interface ExecOptions {
  /** Written to it and closed. */
  stdin?: string;
  user?: string;
  /** As for `collect`: for a command that is the project's. */
  onlyEnd?: boolean;
}

/** Runs a command in a running container. */
export async function exec(container: string, command: string[], options: ExecOptions = {}) {
  const handle = await docker()
    .getContainer(container)
    .exec({
      Cmd: command,
      User: options.user,
      AttachStdin: options.stdin !== undefined,
      AttachStdout: true,
      AttachStderr: true,
    });
  const stream = await handle.start({ hijack: options.stdin !== undefined, stdin: options.stdin !== undefined });
  if (options.stdin !== undefined) stream.end(options.stdin);
  const output = await collect(stream, options);
  return { exitCode: await exitCodeOf(handle), ...output };
}

/** Docker ends a command's output a moment before it tells the exit code; on a busy machine that is seen. */
async function exitCodeOf(handle: Docker.Exec): Promise<number> {
  const deadline = Date.now() + EXIT_CODE_MS;
  for (;;) {
    const { ExitCode } = await handle.inspect();
    if (ExitCode !== null || Date.now() > deadline) return ExitCode ?? -1;
    await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
  }
}

/** Separates the two channels of a container without a terminal. `onlyEnd`: only the last lines of each are kept. */
export async function collect(stream: Readable, { onlyEnd = false } = {}): Promise<{ stdout: string; stderr: string }> {
  const channels = { stdout: new PassThrough(), stderr: new PassThrough() };
  const text = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    channels[name].setEncoding("utf8").on("data", (data) => {
      text[name] += data;
      // At twice as much only: each cut copies what stays.
      if (onlyEnd && text[name].length > 2 * KEPT_CHARACTERS) text[name] = keptEnd(text[name]);
    });
  }
  docker().modem.demuxStream(stream, channels.stdout, channels.stderr);
  await new Promise<void>((done, fail) => {
    stream.on("end", done);
    stream.on("close", done);
    stream.on("error", fail);
  });
  return onlyEnd ? { stdout: keptEnd(text.stdout), stderr: keptEnd(text.stderr) } : text;
}

/** The last lines that a container printed, without the values of the variables that it was given. */
export async function lastLogLines(container: string, lines = 20): Promise<string[]> {
  const [buffer, env] = await Promise.all([
    docker().getContainer(container).logs({ stdout: true, stderr: true, tail: lines, follow: false }),
    givenVariables(container),
  ]);
  return masked(demuxed(buffer as unknown as Buffer), env)
    .split("\n")
    .filter((line) => line !== "");
}

/** A text that may come from a container, with the names of the variables that it was given in place of their values. */
export async function withoutValues(container: string, text: string): Promise<string> {
  return masked(text, await givenVariables(container));
}

/** Those that its image does not have itself. */
async function givenVariables(container: string): Promise<Record<string, string>> {
  const { Config, Image } = await docker().getContainer(container).inspect();
  const image = await docker()
    .getImage(Image)
    .inspect()
    .catch(() => undefined);
  const own = new Set(image?.Config.Env ?? []);
  const given = (Config.Env ?? []).filter((line) => !own.has(line) && !line.startsWith("SLIPWAY_"));
  return Object.fromEntries(given.map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]));
}

/** Frames of Docker's attach protocol: one byte channel, three bytes nothing, four bytes length, then the text. */
function demuxed(buffer: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= buffer.length; ) {
    const length = buffer.readUInt32BE(at + 4);
    parts.push(buffer.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts).toString("utf8");
}
