import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Layout } from "../layout";
import type { Log } from "../log";
import { compareBackupIds } from "./backup-id";
import { type BackupIndex, backupsFolder, manifests, readIndex, writeIndex } from "./backup-index";

/** End of the name of a backup's folder while it is being made, or deleted. */
export const PARTIAL = ".partial";

/**
 * Makes good what a killed run left: removes what is half made, and lists what is whole but was not listed any more.
 * The caller holds `backupLock`.
 */
export async function sweepBackups(layout: Layout, log: Log, project: string): Promise<BackupIndex> {
  const folder = backupsFolder(layout, project);
  for (const name of await readdir(folder).catch(() => [] as string[])) {
    if (!name.endsWith(PARTIAL)) continue;
    await rm(join(folder, name), { recursive: true, force: true });
    log.warn(`${project}: removed ${join(folder, name)}, which a killed run had left`);
  }
  const { backups } = await readIndex(layout, project);
  const listed = new Set(backups.map(({ backup_id }) => backup_id));
  const unlisted = (await manifests(layout, project)).filter(({ backup_id }) => !listed.has(backup_id));
  if (unlisted.length === 0) return { backups };
  const all = [...backups, ...unlisted].sort((a, b) => compareBackupIds(a.backup_id, b.backup_id));
  await writeIndex(layout, project, { backups: all });
  log.warn(`${project}: listed ${unlisted.map(({ backup_id }) => backup_id).join(", ")}, which a killed run had made`);
  return { backups: all };
}
