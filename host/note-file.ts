import { rename } from "node:fs/promises";
import { readIfThere } from "./atomic-file";
import type { Layout } from "./layout";
import { Log } from "./log";

/**
 * Reads what a host notes of a project beside its record, and can do without; `undefined` where nothing was noted. A
 * damaged file counts as none, with a warning, and is kept as `NAME.damaged`: it must not keep a deploy from going on.
 */
export async function readNote<T extends object>(layout: Layout, path: string): Promise<T | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const note = parsed(text);
  if (note) return note as T;
  await setAside(layout, path);
  return undefined;
}

/** Has a damaged file count as not there: it is kept as `NAME.damaged`, with a warning. */
export async function setAside(layout: Layout, path: string): Promise<void> {
  const aside = `${path}.damaged`;
  // Somebody who may only read it, or a second reader, is told as well.
  const isAside = await rename(path, aside).then(
    () => true,
    () => false,
  );
  new Log(layout.log).warn(`${path} is damaged and counts as not there${isAside ? `; it is kept as ${aside}` : ""}`);
}

/** `undefined` for what is no JSON object. */
function parsed(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
