import { join } from "node:path";
import { readIfThere, writeAtomic } from "../atomic-file";
import type { Layout } from "../layout";
import type { Log } from "../log";
import { type BackupEntry, backupsFolder } from "./backup-index";
import { MANIFEST, objectKey } from "./object-key";
import { ObjectStore, type ObjectStoreSettings } from "./object-store";

/** A backup that retention has deleted here, and whose copy in the object store has still to go. */
export type ExpiredCopy = Pick<BackupEntry, "stack" | "project" | "backup_id" | "files">;

/** Notes the copies of backups before those go: what the index does not know any more nobody could tell for ours. */
export async function rememberExpired(layout: Layout, project: string, gone: BackupEntry[]): Promise<void> {
  const copied = gone.filter(({ uploaded_at }) => uploaded_at !== null);
  if (copied.length === 0) return;
  const added = copied.map(({ stack, backup_id, files }): ExpiredCopy => ({ stack, project, backup_id, files }));
  await write(layout, project, [...(await expiredCopies(layout, project)), ...added]);
}

/**
 * Deletes these copies: the objects that were uploaded, key by key, and nothing else that may be beside them. What could
 * not be deleted is tried again after the next backup. The caller holds `backupLock`.
 */
export async function pruneCopies(
  layout: Layout,
  log: Log,
  project: string,
  settings: ObjectStoreSettings,
): Promise<void> {
  const store = new ObjectStore(settings);
  let left = await expiredCopies(layout, project);
  for (const copy of left) {
    // A manifest is written anew when a backup is proven.
    const objects = [
      { name: MANIFEST, digest: undefined },
      ...copy.files.map((file) => ({ name: file.name, digest: file })),
    ];
    for (const { name, digest } of objects) {
      const key = objectKey(copy, name);
      if (await store.remove(key, digest)) continue;
      log.warn(`${project}: ${key} in ${settings.bucket} is not what was uploaded; it stays`);
    }
    left = left.filter((other) => other !== copy);
    await write(layout, project, left);
    log.info(`${project}: deleted the copy of ${copy.backup_id} from ${settings.bucket}`);
  }
}

export async function expiredCopies(layout: Layout, project: string): Promise<ExpiredCopy[]> {
  return JSON.parse((await readIfThere(path(layout, project))) ?? "[]") as ExpiredCopy[];
}

async function write(layout: Layout, project: string, copies: ExpiredCopy[]): Promise<void> {
  await writeAtomic(path(layout, project), `${JSON.stringify(copies, null, 1)}\n`);
}

function path(layout: Layout, project: string): string {
  return join(backupsFolder(layout, project), "expired_copies.json");
}
