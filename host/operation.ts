import { createHash } from "node:crypto";
import { mkdir, open, readdir, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Writable } from "node:stream";
import { readIfThere, writeAtomic } from "./atomic-file";
import type { Layout } from "./layout";
import { withLock } from "./lock";
import type { Log } from "./log";
import type { Units } from "./transient-unit";

/** Longest wait for another caller that is starting the same operation, in seconds. */
const START_WAIT_SECONDS = 30;
/** Pause between two looks at an operation's output, in milliseconds. */
const LOOK_EVERY_MS = 50;
/** Looks between two questions whether its process is still there. */
const LOOKS_PER_QUESTION = 10;
/** How long the output of an operation that has ended is kept, in milliseconds. */
const KEPT_MS = 3600_000;

/** A command of the host program with its request; the same request is the same operation. */
export interface Operation {
  verb: string;
  request: { project: string; release?: string };
}

/** The operation's process is gone and has not said how it ended. */
export class OperationLostError extends Error {
  constructor(id: string) {
    super(
      `${id} ended without a result, as when it is killed or the host goes down; running the same command again settles it. ` +
        `journalctl -u slipway-${id} may say more`,
    );
    this.name = "OperationLostError";
  }
}

/**
 * Runs a command in a process that is not this one's child, and follows it: its output comes out here, and this
 * resolves to its exit code. When this process dies, the command goes on; whoever calls for the same meanwhile follows
 * it too. `command` is how this program is started with the operation's folder as its last argument.
 */
export async function runOperation(
  { operations }: Layout,
  log: Log,
  units: Units,
  command: string[],
  operation: Operation,
  output: { stdout: Writable; stderr: Writable } = process,
): Promise<number> {
  const id = operationId(operation);
  const folder = join(operations, id);
  const unit = `slipway-${id}`;
  await withLock(folder, `start ${id}`, START_WAIT_SECONDS, async () => {
    if (await units.isRunning(unit)) {
      log.info(`${operation.request.project}: ${operation.verb} is running already; this call follows it`);
      return;
    }
    await prune(operations);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(paths(folder).request, JSON.stringify(operation), { mode: 0o600 });
    const { stdout, stderr } = paths(folder);
    const { project, release } = operation.request;
    const description = ["Slipway:", operation.verb, project, release].filter(Boolean).join(" ");
    await units.start(unit, { command: [...command, folder], description, stdout, stderr });
  });
  return follow(folder, () => units.isRunning(unit), output);
}

/** In the operation's own process: what it is to do. The request, which may hold secrets, is gone from the disk then. */
export async function takeOperation(folder: string): Promise<Operation> {
  const { request } = paths(folder);
  const text = await readIfThere(request);
  if (text === undefined) throw new Error(`${request} is not there: the operation has been taken already`);
  await rm(request);
  return JSON.parse(text) as Operation;
}

/** The last thing that the operation's own process does. */
export async function endOperation(folder: string, exitCode: number): Promise<void> {
  await writeAtomic(paths(folder).exit, String(exitCode));
}

export function operationId({ verb, request }: Operation): string {
  const digest = createHash("sha256").update(JSON.stringify(request)).digest("hex").slice(0, 12);
  return `${request.project}-${verb}-${digest}`;
}

function paths(folder: string) {
  const at = (name: string) => join(folder, name);
  return { request: at("request.json"), stdout: at("stdout"), stderr: at("stderr"), exit: at("exit") };
}

async function follow(
  folder: string,
  isRunning: () => Promise<boolean>,
  output: { stdout: Writable; stderr: Writable },
): Promise<number> {
  const files = paths(folder);
  const channels = [new Tail(files.stdout, output.stdout), new Tail(files.stderr, output.stderr)];
  for (let look = 1; ; look++) {
    const gone = look % LOOKS_PER_QUESTION === 0 && !(await isRunning());
    const exit = await readIfThere(files.exit);
    for (const channel of channels) await channel.drain();
    if (exit !== undefined) return Number(exit);
    if (gone) throw new OperationLostError(basename(folder));
    await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
  }
}

/** Hands on what a file has gained since the last time. */
class Tail {
  private at = 0;

  constructor(
    private readonly path: string,
    private readonly to: Writable,
  ) {}

  async drain(): Promise<void> {
    const file = await open(this.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    if (!file) return;
    try {
      const { size } = await file.stat();
      if (size === this.at) return;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size - this.at), 0, size - this.at, this.at);
      this.at += bytesRead;
      this.to.write(buffer.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  }
}

/** Folders of operations that ended long ago. */
async function prune(operations: string): Promise<void> {
  for (const id of await readdir(operations).catch(() => [])) {
    const ended = await stat(join(operations, id, "exit")).catch(() => undefined);
    if (ended && Date.now() - ended.mtimeMs > KEPT_MS) await rm(join(operations, id), { recursive: true, force: true });
  }
}
