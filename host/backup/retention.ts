import type { BackupEntry, BackupIndex, BackupType } from "./backup-index";

/**
 * Backups that may be deleted (SC-07): past their `retention_until`, not among the last `keep` good ones of their
 * type, not held, and not in `needed`, the ids that a listed rollback goes back to.
 *
 * One with a time in the future was made while the clock was wrong: it counts for nothing, so that it pushes no good
 * one out, and stays until its time has come.
 */
export function expired(index: BackupIndex, now: Date, keep: number, needed: ReadonlySet<string>): BackupEntry[] {
  const past = index.backups.filter(({ created_at }) => Date.parse(created_at) <= now.getTime());
  const kept = new Set<string>();
  const types = new Set<BackupType>(past.map(({ backup_type }) => backup_type));
  for (const type of types) {
    const good = past.filter(({ backup_type, verified }) => backup_type === type && verified);
    for (const { backup_id } of good.slice(-keep)) kept.add(backup_id);
  }
  return past.filter(
    ({ backup_id, retention_until, held }) =>
      Date.parse(retention_until) < now.getTime() && !kept.has(backup_id) && !held && !needed.has(backup_id),
  );
}
