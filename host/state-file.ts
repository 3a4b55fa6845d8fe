import { link, rename, rm } from "node:fs/promises";
import { readIfThere, writeAtomic } from "./atomic-file";
import { sha256 } from "./file-epoch";
import type { Layout } from "./layout";
import { Log } from "./log";

/**
 * Writes what a host must not forget, with its checksum, and keeps what the file said before beside it. A damaged file
 * never takes the place of a good one.
 */
export async function writeState(path: string, state: object): Promise<void> {
  const text = await readIfThere(path);
  if (text !== undefined && parsed(text) !== undefined) await keepAsBefore(path);
  await writeAtomic(path, `${JSON.stringify({ ...state, sha256: checksum(state) }, null, 1)}\n`);
}

/**
 * Reads it; `undefined` where nothing was ever written. Of a damaged file (cut short, empty, changed bytes) the state
 * before it counts, which every next step takes for what it is: older. Throws where that is damaged, too.
 */
export async function readState<T extends object>(layout: Layout, path: string): Promise<T | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const state = parsed(text);
  if (state) return state as T;
  const before = parsed((await readIfThere(beforePath(path))) ?? "");
  if (!before) throw new Error(`${path} is damaged; move it away, and the next deploy writes it anew`);
  new Log(layout.log).warn(`${path} is damaged; what it said before counts (${beforePath(path)}): run an up`);
  return before as T;
}

/** `undefined` for what is no JSON object, or not the one that was written. */
function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || Array.isArray(value)) return undefined;
    const { sha256: written, ...state } = value as { sha256?: string };
    // One that was edited by hand may leave the checksum out.
    return written === undefined || written === checksum(state) ? state : undefined;
  } catch {
    return undefined;
  }
}

function checksum(state: object): string {
  return sha256(JSON.stringify(state));
}

/** The same file under another name: `writeAtomic` replaces the first name and never changes the content. */
async function keepAsBefore(path: string): Promise<void> {
  const next = `${beforePath(path)}.${process.pid}.tmp`;
  await rm(next, { force: true });
  await link(path, next);
  await rename(next, beforePath(path));
}

function beforePath(path: string): string {
  return `${path}.before`;
}
