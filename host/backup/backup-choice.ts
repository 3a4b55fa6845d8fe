import { isBefore, type SchemaRecord } from "../schema";
import type { BackupEntry, BackupIndex } from "./backup-index";

const MS_PER_MINUTE = 60_000;

/**
 * The backup that a rollback to a schema revision restores: the newest verified one at that revision, else the newest at
 * an older one, for the target's own migration to bring up. Nothing where neither is there.
 */
export function chooseBackup(index: BackupIndex, schema: SchemaRecord, revision: string): BackupEntry | undefined {
  const usable = index.backups.filter(({ verified, database }) => verified && database).reverse();
  return (
    usable.find(({ schema_revision }) => schema_revision === revision) ??
    usable.find(({ schema_revision }) => isBefore(schema, schema_revision, revision))
  );
}

/**
 * The backup that a new one is compared with: the newest verified one with a database, and not from before `deletedAt`,
 * when the project's data was deleted on purpose.
 */
export function lastGood({ backups }: BackupIndex, deletedAt = ""): BackupEntry | undefined {
  return backups.findLast(({ verified, database, created_at }) => verified && database && created_at > deletedAt);
}

/** Minutes of writes that a restore of this backup loses, begun ones included. */
export function lossMinutes({ created_at }: BackupEntry, now: Date): number {
  return Math.max(0, Math.ceil((now.getTime() - Date.parse(created_at)) / MS_PER_MINUTE));
}
