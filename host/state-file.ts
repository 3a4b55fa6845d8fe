import { link, rename, rm } from "node:fs/promises";
import { readIfThere, writeAtomic } from "./atomic-file";
import { sha256 } from "./file-epoch";
import type { Layout } from "./layout";
import { Log } from "./log";

/** Nothing that is left of a file can be relied upon; the message says which, and what to do. */
export class DamagedStateError extends Error {
  constructor(path: string, next = "move it away, and the next deploy writes it anew") {
    super(`${path} is damaged; ${next}`);
    this.name = "DamagedStateError";
  }
}

/**
 * Writes what a host must not forget, with its checksum, and keeps what the file said before beside it. A damaged file
 * never takes the place of a good one.
 */
export async function writeState(path: string, state: object): Promise<void> {
  const text = await readIfThere(path);
  if (text !== undefined && parsedState(text) !== undefined) await keepAsBefore(path);
  await writeAtomic(path, stateText(state));
}

/**
 * Reads it; `undefined` where nothing was ever written. Of a damaged file (cut short, empty, changed bytes) the state
 * before it counts, which every next step takes for what it is: older. Throws `DamagedStateError` where that is damaged,
 * too.
 */
export async function readState<T extends object>(layout: Layout, path: string): Promise<T | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const state = parsedState(text);
  if (state) return state as T;
  const before = parsedState((await readIfThere(beforePath(path))) ?? "");
  if (!before) throw new DamagedStateError(path);
  new Log(layout.log).warn(`${path} is damaged; what it said before counts (${beforePath(path)}): run an up`);
  return before as T;
}

/** With its checksum. */
export function stateText(state: object): string {
  return `${JSON.stringify({ ...state, sha256: checksum(state) }, null, 1)}\n`;
}

/** `undefined` for what is no JSON object, or not the one that was written. */
export function parsedState(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const { sha256: written, ...state } = value as { sha256?: string };
    // One that was edited by hand, or by an earlier version, may leave the checksum out.
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
