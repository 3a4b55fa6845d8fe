import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readIfThere, writeAtomic } from "../atomic-file";
import type { Layout } from "../layout";

/** A verified database that waits for the rollout to swap it in. */
export interface PreparedRestore {
  project: string;
  /** Its name beside the project's own. */
  database: string;
  backup: string;
  /** That the project's database will be at. */
  schemaRevision: string;
  nonce: string;
  /** RFC 3339. */
  preparedAt: string;
}

export async function readPrepared(layout: Layout, project: string): Promise<PreparedRestore | undefined> {
  const text = await readIfThere(preparedPath(layout, project));
  return text === undefined ? undefined : (JSON.parse(text) as PreparedRestore);
}

/** Its nonce counts as used from then on. */
export async function writePrepared(layout: Layout, prepared: PreparedRestore): Promise<void> {
  const used = await usedNonces(layout, prepared.project);
  await writeAtomic(preparedPath(layout, prepared.project), `${JSON.stringify(prepared, null, 1)}\n`);
  const all = JSON.stringify([...used, prepared.nonce], null, 1);
  await writeAtomic(noncesPath(layout, prepared.project), `${all}\n`);
}

/** When it was swapped in, or is not wanted any more. */
export async function forgetPrepared(layout: Layout, project: string): Promise<void> {
  await rm(preparedPath(layout, project), { force: true });
}

/** Of a prepared database that is not what it was any more: it is to be prepared again, so its nonce counts as not used. */
export async function unprepare(layout: Layout, project: string, database: string): Promise<void> {
  const prepared = await readPrepared(layout, project);
  if (prepared?.database !== database) return;
  // In this order it may be cut off anywhere and run again.
  const others = (await usedNonces(layout, project)).filter((nonce) => nonce !== prepared.nonce);
  await writeAtomic(noncesPath(layout, project), `${JSON.stringify(others, null, 1)}\n`);
  await forgetPrepared(layout, project);
}

export async function usedNonces(layout: Layout, project: string): Promise<string[]> {
  return JSON.parse((await readIfThere(noncesPath(layout, project))) ?? "[]") as string[];
}

function preparedPath(layout: Layout, project: string): string {
  return join(layout.project(project), "prepared-restore.json");
}

function noncesPath(layout: Layout, project: string): string {
  return join(layout.project(project), "restore-nonces.json");
}
