import { join } from "node:path";
import type { Layout } from "../layout";
import type { Log } from "../log";
import { digestOf } from "./archive-file";
import { type BackupEntry, entryFolder, manifestPath, readIndex, updateEntry } from "./backup-index";
import { MANIFEST, objectKey } from "./object-key";
import { ObjectStore, type ObjectStoreSettings, UnsendableError } from "./object-store";

/**
 * Copies every verified backup that has no verified copy yet into the object store (SC-08), its manifest last: one
 * without a manifest is not whole. Rejects with what could not be copied; one that is damaged here keeps no other back.
 * The caller holds `backupLock`.
 */
export async function uploadBackups(
  layout: Layout,
  log: Log,
  project: string,
  settings: ObjectStoreSettings,
  now = new Date(),
): Promise<void> {
  const store = new ObjectStore(settings);
  const { backups } = await readIndex(layout, project);
  const damaged: string[] = [];
  for (const entry of backups.filter(({ verified, uploaded_at }) => verified && uploaded_at === null)) {
    try {
      await upload(layout, store, entry);
    } catch (error) {
      if (!(error instanceof UnsendableError)) throw error; // The store would take no other either.
      damaged.push(`${entry.backup_id}: ${error.message}`);
      continue;
    }
    await updateEntry(layout, { ...entry, uploaded_at: now.toISOString() });
    log.info(`${project}: uploaded ${entry.backup_id} to ${settings.bucket} and verified it there`);
  }
  if (damaged.length > 0) throw new UnsendableError(damaged.join("; "));
}

async function upload(layout: Layout, store: ObjectStore, entry: BackupEntry): Promise<void> {
  const folder = entryFolder(layout, entry);
  for (const file of entry.files) await store.put(objectKey(entry, file.name), join(folder, file.name), file);
  const manifest = manifestPath(layout, entry);
  await store.put(objectKey(entry, MANIFEST), manifest, await digestOf(manifest));
}
