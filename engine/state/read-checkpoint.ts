import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { refuseUnknownVersion, type StoredCheckpoint } from "./deployment-file";
import type { StackFiles } from "./stack-files";

export interface CheckpointRead {
  checkpoint: StoredCheckpoint;
  /** The file that it came from. */
  file: string;
  /** Set when the checkpoint itself could not be read and an earlier generation stands in for it. */
  damaged?: { file: string; reason: string };
}

/** Neither the checkpoint nor any earlier generation can be read. Nothing is assumed in its place. */
export class UnreadableStateError extends Error {
  override name = "UnreadableStateError";
}

/**
 * The state of a stack, or `undefined` when there is no such stack. A checkpoint that is empty, cut off or not JSON
 * (a full disk, a crashed machine) is replaced by the last good generation: the `.bak`, then the newest of `backups/`.
 */
export async function readCheckpoint(files: StackFiles): Promise<CheckpointRead | undefined> {
  const current = await newestOf([files.checkpoint, files.compressed]);
  if (!current) return undefined;
  const problems: string[] = [];
  for await (const file of generations(current, files)) {
    const content = await readFile(file).catch(() => undefined);
    if (content === undefined) continue;
    const read = parseCheckpoint(content);
    if (typeof read === "string") {
      problems.push(`${file}: ${read}`);
      continue;
    }
    refuseUnknownVersion(files.name.stack, read);
    if (file === current) return { checkpoint: read, file };
    return { checkpoint: read, file, damaged: { file: current, reason: problems[0]?.slice(current.length + 2) ?? "" } };
  }
  throw new UnreadableStateError(
    `no generation of the state of stack '${files.name.stack}' can be read:\n  ${problems.join("\n  ")}\n` +
      "hint: put a good copy in place of the first file, or `stack import` one; nothing was changed",
  );
}

async function* generations(current: string, files: StackFiles): AsyncGenerator<string> {
  yield current;
  yield `${current}.bak`;
  if (current !== files.checkpoint) yield files.previous;
  const backups = await readdir(files.backupsFolder).catch(() => []);
  const byAge = backups.filter((name) => /\.\d+\.json(\.gz)?$/.test(name)).sort();
  for (const name of byAge.reverse()) yield join(files.backupsFolder, name);
}

/** The checkpoint, or what is wrong with the bytes. */
function parseCheckpoint(bytes: Buffer): StoredCheckpoint | string {
  if (bytes.length === 0) return "empty";
  if (bytes.length >= 4 && bytes.readUInt32BE(0) === 0x28b52ffd) {
    return "compressed with zstd; use Pulumi's CLI for this (SLIPWAY_ENGINE=official)";
  }
  try {
    const text = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
    const parsed = JSON.parse(text.toString("utf8"));
    if (typeof parsed?.version !== "number" || typeof parsed.checkpoint !== "object" || parsed.checkpoint === null) {
      return "JSON, but not a checkpoint";
    }
    return parsed;
  } catch (error) {
    return `cut off or damaged (${(error as Error).message})`;
  }
}

async function newestOf(paths: string[]): Promise<string | undefined> {
  let newest: { path: string; time: number } | undefined;
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() && (!newest || found.mtimeMs > newest.time)) newest = { path, time: found.mtimeMs };
  }
  return newest?.path;
}
