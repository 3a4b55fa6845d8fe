import { rename, rm } from "node:fs/promises";
import type { Layout } from "../layout";
import type { Log } from "../log";
import { entryFolder, readIndex, writeIndex } from "./backup-index";
import { rememberExpired } from "./expired-copies";
import { neededBackups } from "./needed-backups";
import { expired } from "./retention";
import { PARTIAL } from "./sweep-backups";

/**
 * Deletes what retention no longer keeps, and says what: off the list first, and under a name that is no backup's, so that
 * what is half deleted is never listed again. The caller holds `backupLock`.
 */
export async function pruneBackups(
  layout: Layout,
  log: Log,
  project: string,
  keep: number,
  now: Date,
): Promise<string[]> {
  const index = await readIndex(layout, project);
  const gone = expired(index, now, keep, await neededBackups(layout, project));
  if (gone.length === 0) return [];
  await rememberExpired(layout, project, gone);
  await writeIndex(layout, project, { backups: index.backups.filter((entry) => !gone.includes(entry)) });
  for (const entry of gone) {
    const folder = entryFolder(layout, entry);
    await renameIfThere(folder, folder + PARTIAL);
    await rm(folder + PARTIAL, { recursive: true, force: true });
    log.info(`${project}: deleted ${entry.backup_id}, kept until ${entry.retention_until}`);
  }
  return gone.map(({ backup_id }) => backup_id);
}

async function renameIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
}
