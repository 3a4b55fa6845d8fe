import { randomBytes } from "node:crypto";
import { copyFile, type FileHandle, link, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

export interface ReplaceOptions {
  /** Where what `path` held before is kept; left out: nowhere. */
  previous?: string;
  /** Permission bits of a new file. Default 0o600: a state has names and addresses, if not secrets in clear. */
  mode?: number;
}

/**
 * Puts `content` at `path` so that a reader, also one after a crash, sees the whole old file or the whole new one:
 * written beside it, synced, renamed, the folder synced. When the disk is full the old file stays and no temporary one
 * is left; the error is that of the file system (`ENOSPC`).
 */
export async function replaceFile(path: string, content: string | Buffer, options: ReplaceOptions = {}): Promise<void> {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
  try {
    const file = await create(temporary, options.mode ?? 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    if (options.previous) await keep(path, options.previous);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Makes the folder where there is none: looking for it each time would cost a state of many steps more than the rest. */
async function create(path: string, mode: number): Promise<FileHandle> {
  return open(path, "wx", mode).catch(async (error) => {
    if (error.code !== "ENOENT") throw error;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return open(path, "wx", mode);
  });
}

/** A second name costs nothing and is never half written; file systems without hard links get a copy. */
async function keep(path: string, previous: string): Promise<void> {
  const temporary = `${previous}.tmp`;
  await rm(temporary, { force: true });
  try {
    await link(path, temporary).catch((error) => {
      if (error.code === "ENOENT") throw error;
      return copyFile(path, temporary);
    });
    await rename(temporary, previous);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
