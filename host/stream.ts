import { once } from "node:events";
import type { Duplex } from "node:stream";
import { docker } from "./docker";
import { InterruptedError, stopped } from "./interruption";
import { exitCode, nextExit } from "./run-once";

/** Characters of a command's stderr that are kept, from the end. */
const KEPT_STDERR = 2_000_000;
const HEADER_BYTES = 8;
const STDERR = 2;

/** What a command gets on its standard input. It is closed at the end, or left open until the command has ended. */
export type Input = AsyncIterable<Buffer> | "open";

export interface StreamedCommand {
  command: string[];
  user?: string;
  input: Input;
  /** Called with each piece in turn; the command waits while it runs. Default: what comes is dropped. */
  onOutput?: (piece: Buffer) => Promise<void> | void;
  /** After which the command is cut off, in seconds. */
  timeoutSeconds: number;
  /** Whether Ctrl-C cuts it off; not what swaps data. Default false. */
  isStoppable?: boolean;
}

export interface StreamedResult {
  exitCode: number;
  /** The end of it. */
  stderr: string;
}

/** A throw-away container for one command, which Docker removes at its end. */
export interface ThrowAway {
  name: string;
  image: string;
  labels: Record<string, string>;
  /** `volume:path[:ro]`. */
  binds: string[];
  capabilities: string[];
}

/** Runs a command in a running container; what it reads and writes goes through piece by piece, never held as a whole. */
export async function execStreamed(container: string, wanted: StreamedCommand): Promise<StreamedResult> {
  const handle = await docker().getContainer(container).exec({
    Cmd: wanted.command,
    User: wanted.user,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stderr = await converse(await handle.start({ hijack: true, stdin: true }), wanted);
  const { ExitCode } = await handle.inspect();
  return { exitCode: ExitCode ?? -1, stderr };
}

/** The same in a container of its own, as root without any capability but those given, and without a network. */
export async function runStreamed(place: ThrowAway, wanted: StreamedCommand): Promise<StreamedResult> {
  const container = await docker().createContainer({
    name: place.name,
    Image: place.image,
    Entrypoint: wanted.command.slice(0, 1),
    Cmd: wanted.command.slice(1),
    User: wanted.user ?? "root",
    Labels: place.labels,
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    HostConfig: {
      AutoRemove: true,
      NetworkMode: "none",
      Binds: place.binds,
      CapDrop: ["ALL"],
      CapAdd: place.capabilities,
      SecurityOpt: ["no-new-privileges:true"],
    },
  });
  try {
    const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
    const exit = await nextExit(container);
    await container.start();
    const stderr = await converse(stream as Duplex, wanted);
    const code = await exitCode(exit);
    await container.wait({ condition: "removed" }).catch(() => undefined); // So that its volume is free again.
    return { exitCode: code, stderr };
  } catch (error) {
    await container.remove({ force: true, v: true }).catch(() => undefined);
    throw error;
  }
}

/** Writes the input and reads both channels until the other side closes; what came on stderr. */
async function converse(
  stream: Duplex,
  { input, onOutput, timeoutSeconds, isStoppable }: StreamedCommand,
): Promise<string> {
  const late = new Error(`it took longer than ${timeoutSeconds} s`);
  const timer = setTimeout(() => stream.destroy(late), timeoutSeconds * 1000);
  const stop = () => void stream.destroy(new InterruptedError());
  if (isStoppable) stopped.addEventListener("abort", stop, { once: true });
  if (isStoppable && stopped.aborted) stop();
  const feeding = input === "open" ? undefined : feed(stream, input);
  // An input that fails is told in the end; until then the command gets what was read.
  feeding?.catch(() => stream.destroy());
  let stderr = "";
  try {
    for await (const { channel, piece } of frames(stream)) {
      if (channel === STDERR) stderr = (stderr + piece.toString("utf8")).slice(-KEPT_STDERR);
      else await onOutput?.(piece);
    }
  } finally {
    clearTimeout(timer);
    stopped.removeEventListener("abort", stop);
    stream.destroy();
  }
  // Its failure, if it failed; a command that has ended takes no more, and what it waits for may never come.
  await Promise.race([feeding, undefined]);
  return stderr;
}

async function feed(stream: Duplex, input: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of input) {
    if (stream.destroyed) return; // The command has ended; its exit code tells why.
    if (!stream.write(piece)) await Promise.race([once(stream, "drain"), once(stream, "close")]);
  }
  stream.end();
}

/**
 * Pieces of Docker's attach protocol: one byte channel, three bytes nothing, four bytes length, then the content,
 * passed on as it arrives.
 */
export async function* frames(source: AsyncIterable<Buffer>): AsyncGenerator<{ channel: number; piece: Buffer }> {
  let header: Buffer = Buffer.alloc(0);
  let channel = 0;
  let left = 0;
  for await (let chunk of source) {
    while (chunk.length > 0) {
      if (left > 0) {
        const piece = chunk.subarray(0, left);
        yield { channel, piece };
        left -= piece.length;
        chunk = chunk.subarray(piece.length);
        continue;
      }
      const missing = HEADER_BYTES - header.length;
      header = Buffer.concat([header, chunk.subarray(0, missing)]);
      chunk = chunk.subarray(missing);
      if (header.length < HEADER_BYTES) continue;
      channel = header[0] ?? 0;
      left = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
  }
}
