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

/** The checkpoint cannot be opened, or no generation of it can be used. Nothing is assumed in its place. */
export class UnreadableStateError extends Error {
  override name = "UnreadableStateError";

  /** Of a file that is there, but not for this user or not on this disk: what it holds may be as good as ever. */
  static unopened(file: string, { root }: StackFiles, cause: NodeJS.ErrnoException): UnreadableStateError {
    const isForbidden = cause.code === "EACCES" || cause.code === "EPERM";
    const hint = isForbidden
      ? `another user wrote it, as root does by \`sudo\`: give it back with \`sudo chown -R "$USER" ${root}\``
      : "see to it that this file can be read";
    return new UnreadableStateError(
      `the state ${file} cannot be opened: ${cause.message}\nhint: ${hint}, then run this again; nothing was changed`,
      { cause },
    );
  }
}

/**
 * The state of a stack, or `undefined` when there is no such stack. A checkpoint that is empty, cut off or not JSON
 * (a full disk, a crashed machine) is replaced by the last good generation: the `.bak`, then the newest of `backups/`.
 * One that cannot be opened is not damaged, and nothing stands in for it.
 */
export async function readCheckpoint(
  files: StackFiles,
  contentOf: (file: string) => Promise<Buffer> = readFile,
): Promise<CheckpointRead | undefined> {
  const current = await currentCheckpoint(files, contentOf);
  if (!current) return undefined;
  const { file, read } = current;
  if (typeof read === "string") return lastGoodGeneration(files, { file, reason: read }, contentOf);
  refuseUnknownVersion(files.name.stack, read);
  return { checkpoint: read, file };
}

/** Whether there is a checkpoint that is none. Throws `UnreadableStateError` where it cannot be opened. */
export async function isDamaged(files: StackFiles): Promise<boolean> {
  const current = await currentCheckpoint(files, readFile);
  return typeof current?.read === "string";
}

/** The file that holds the state, and its checkpoint or what is wrong with it. */
async function currentCheckpoint(
  files: StackFiles,
  contentOf: (file: string) => Promise<Buffer>,
): Promise<{ file: string; read: StoredCheckpoint | string } | undefined> {
  const file = await newestOf([files.checkpoint, files.compressed], files);
  if (!file) return undefined;
  const content = await contentOf(file).catch((error) => absentOrUnopened(file, files, error));
  if (!content) return currentCheckpoint(files, contentOf); // Renamed meanwhile: there is a newer one, or none.
  return { file, read: parseCheckpoint(content) };
}

async function lastGoodGeneration(
  files: StackFiles,
  damaged: { file: string; reason: string },
  contentOf: (file: string) => Promise<Buffer>,
): Promise<CheckpointRead> {
  const problems = [`${damaged.file}: ${damaged.reason}`];
  for await (const file of earlierGenerations(damaged.file, files)) {
    const read = await contentOf(file).then(parseCheckpoint, (error: NodeJS.ErrnoException) =>
      error.code === "ENOENT" ? undefined : error.message,
    );
    if (typeof read === "string") problems.push(`${file}: ${read}`);
    if (typeof read !== "object") continue;
    refuseUnknownVersion(files.name.stack, read);
    return { checkpoint: read, file, damaged };
  }
  throw new UnreadableStateError(
    `no generation of the state of stack '${files.name.stack}' can be read:\n  ${problems.join("\n  ")}\n` +
      "hint: put a good copy in place of the first file, or `stack import` one; nothing was changed",
  );
}

async function* earlierGenerations(current: string, files: StackFiles): AsyncGenerator<string> {
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

async function newestOf(paths: string[], files: StackFiles): Promise<string | undefined> {
  let newest: { path: string; time: number } | undefined;
  for (const path of paths) {
    const found = await stat(path).catch((error) => absentOrUnopened(path, files, error));
    if (found?.isFile() && (!newest || found.mtimeMs > newest.time)) newest = { path, time: found.mtimeMs };
  }
  return newest?.path;
}

/** `undefined` when the file is not there. Throws when it is, and cannot be opened. */
export function absentOrUnopened(file: string, files: StackFiles, error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw UnreadableStateError.unopened(file, files, error);
}
