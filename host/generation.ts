import { copyFile, mkdir, open, readdir, readlink, rename, rm, symlink, unlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { readIfThere, syncFolder, writeAtomic } from "./atomic-file";
import type { Layout } from "./layout";

/** Generations kept beside the current one, for review after a bad change. */
const KEPT_GENERATIONS = 5;

/**
 * Links in the gateway's folder: the generation that the gateway reads when it starts or reloads, and the one that a
 * running gateway was last told to read.
 */
type Pointer = "current" | "loaded";

/** A path below a generation to its new content; `undefined` removes it. */
export type Edit = Record<string, string | undefined>;

/** Contents of files of the current generation; `undefined` for one that is not there. */
export async function currentFiles(layout: Layout, paths: string[]): Promise<(string | undefined)[]> {
  return Promise.all(paths.map((path) => readIfThere(join(layout.gateway, "current", path))));
}

export function currentGeneration(layout: Layout): Promise<string | undefined> {
  return generationOf(layout, "current");
}

export function loadedGeneration(layout: Layout): Promise<string | undefined> {
  return generationOf(layout, "loaded");
}

async function generationOf(layout: Layout, name: Pointer): Promise<string | undefined> {
  try {
    return await readlink(join(layout.gateway, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export async function isAsEdited(folder: string, edit: Edit): Promise<boolean> {
  for (const [path, content] of Object.entries(edit)) {
    if ((await readIfThere(join(folder, path))) !== content) return false;
  }
  return true;
}

/** No file is shared: one that somebody edits in place by hand stays as it was in the generations before. */
export async function copyGeneration(layout: Layout, from: string | undefined, to: string): Promise<void> {
  const target = join(layout.gateway, to);
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  if (from === undefined) return;
  const source = join(layout.gateway, from);
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  const copies = entries.map(async (entry) => {
    if (!entry.isFile()) return;
    const file = join(entry.parentPath, entry.name);
    await copyToDisk(file, join(target, relative(source, file)));
  });
  await Promise.all(copies);
}

/** The link to a generation is on disk at once: its files must be there after a power loss, too. */
async function copyToDisk(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
  const file = await open(to, "r");
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

export async function applyEdit(folder: string, edit: Edit): Promise<void> {
  const edits = Object.entries(edit).map(([path, content]) => {
    const file = join(folder, path);
    return content === undefined ? rm(file, { force: true }) : writeAtomic(file, content);
  });
  await Promise.all(edits);
}

export function makeCurrent(layout: Layout, candidate: string): Promise<void> {
  return pointAt(layout, "current", candidate);
}

/** A rename: whoever reads sees the one or the other. */
export async function pointAt(layout: Layout, name: Pointer, generation: string): Promise<void> {
  const next = join(layout.gateway, `${name}.next`);
  await unlink(next).catch(() => undefined);
  await symlink(generation, next);
  await rename(next, join(layout.gateway, name));
  await syncFolder(layout.gateway);
}

export async function pruneGenerations(layout: Layout): Promise<void> {
  const generations = (await readdir(layout.gateway)).filter((name) => /^gen-\d+$/.test(name));
  generations.sort((a, b) => numberOf(b) - numberOf(a));
  for (const old of generations.slice(1 + KEPT_GENERATIONS)) {
    await rm(join(layout.gateway, old), { recursive: true, force: true });
  }
}

export function numberOf(generation: string | undefined): number {
  return generation === undefined ? 0 : Number(generation.slice("gen-".length));
}
