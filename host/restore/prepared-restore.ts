import { join } from "node:path";
import { readIfThere } from "../atomic-file";
import { readCopied, removeCopied, writeCopied } from "../copied-state";
import type { Layout } from "../layout";

const NEXT_PREPARED =
  "move it away, and begin the rollback again; a restore that the stack's file names needs a new nonce then";
const NEXT_NONCES =
  "which restores were done is not known any more: take `restore` out of the stack's file, and move the file away";

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

/** Throws where nothing of it is left: a rollout that took it for done would switch without the data. */
export async function readPrepared(layout: Layout, project: string): Promise<PreparedRestore | undefined> {
  return readCopied<PreparedRestore>(layout, preparedPath(layout, project), NEXT_PREPARED);
}

/** Its nonce counts as used from then on. */
export async function writePrepared(layout: Layout, prepared: PreparedRestore): Promise<void> {
  const used = await usedNonces(layout, prepared.project);
  await writeCopied(preparedPath(layout, prepared.project), prepared);
  await writeNonces(layout, prepared.project, [...used, prepared.nonce]);
}

/** When it was swapped in, or is not wanted any more. */
export async function forgetPrepared(layout: Layout, project: string): Promise<void> {
  await removeCopied(preparedPath(layout, project));
}

/** Of a prepared database that is not what it was any more: it is to be prepared again, so its nonce counts as not used. */
export async function unprepare(layout: Layout, project: string, database: string): Promise<void> {
  const prepared = await readPrepared(layout, project);
  if (prepared?.database !== database) return;
  // In this order it may be cut off anywhere and run again.
  const others = (await usedNonces(layout, project)).filter((nonce) => nonce !== prepared.nonce);
  await writeNonces(layout, project, others);
  await forgetPrepared(layout, project);
}

/** Throws where nothing of the list is left: taken for empty, it would have a restore done twice. */
export async function usedNonces(layout: Layout, project: string): Promise<string[]> {
  const path = noncesPath(layout, project);
  const list = bareList(await readIfThere(path));
  return list ?? (await readCopied<{ used: string[] }>(layout, path, NEXT_NONCES))?.used ?? [];
}

async function writeNonces(layout: Layout, project: string, used: string[]): Promise<void> {
  await writeCopied(noncesPath(layout, project), { used });
}

/** As earlier versions of Slipway wrote it. */
function bareList(text = ""): string[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list : undefined;
  } catch {
    return undefined;
  }
}

function preparedPath(layout: Layout, project: string): string {
  return join(layout.project(project), "prepared-restore.json");
}

function noncesPath(layout: Layout, project: string): string {
  return join(layout.project(project), "restore-nonces.json");
}
