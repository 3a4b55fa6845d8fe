import { copyFile, rename, rm } from "node:fs/promises";
import { readIfThere, writeAtomic } from "./atomic-file";
import type { Layout } from "./layout";
import { Log } from "./log";
import { DamagedStateError, parsedState, stateText } from "./state-file";

/**
 * Writes what would mislead if it were older than what was written last: with its checksum, and in two copies, the second
 * of which only counts where the first is damaged.
 */
export async function writeCopied(path: string, state: object, options: { mode?: number } = {}): Promise<void> {
  await writeAtomic(copyPath(path), stateText(state), options);
  await writeAtomic(path, stateText(state), options);
}

/**
 * Reads it; `undefined` where it was never written, or was removed. In place of a damaged file its copy counts, and is
 * put there, with a warning. Throws `DamagedStateError` where no copy is good; `next`: what its message tells to do.
 */
export async function readCopied<T extends object>(
  layout: Layout,
  path: string,
  next?: string,
): Promise<T | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const state = parsedState(text);
  if (state) return state as T;
  const copy = parsedState((await readIfThere(copyPath(path))) ?? "");
  if (!copy) throw new DamagedStateError(path, next);
  // Who may only read it goes on with the copy as well.
  await putBack(path).catch(() => undefined);
  new Log(layout.log).warn(`${path} is damaged; its copy, which says the same, takes its place`);
  return copy as T;
}

export async function removeCopied(path: string): Promise<void> {
  for (const file of [path, copyPath(path)]) await rm(file, { force: true });
}

/** With the permissions that it had. */
async function putBack(path: string): Promise<void> {
  const next = `${path}.${process.pid}.tmp`;
  await copyFile(copyPath(path), next);
  await rename(next, path);
}

function copyPath(path: string): string {
  return `${path}.copy`;
}
