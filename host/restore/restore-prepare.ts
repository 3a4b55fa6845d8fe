import { backupLock } from "../backup/backup-index";
import { platformDescription } from "../description";
import type { Layout } from "../layout";
import { withLock } from "../lock";
import type { Log } from "../log";
import type { RestorePrepareRequest } from "../requests";
import { findBackup } from "./find-backup";
import { dropDatabase } from "./fresh-database";
import { prepareRestore } from "./prepare-restore";
import { readPrepared, usedNonces, writePrepared } from "./prepared-restore";

/** Longest wait for a backup or another restore of the project, in seconds. */
const LOCK_WAIT_SECONDS = 900;

export interface RestorePrepareResult {
  project: string;
  /** Waits to be swapped in; none where this restore was done before. */
  database?: string;
}

/**
 * The restore that a configuration asks for (PU-11): prepares and verifies the fresh database, which the rollout swaps
 * in. Each nonce once: a configuration that is applied again, also a reverted one, restores nothing again.
 */
export async function restorePrepare(
  layout: Layout,
  log: Log,
  wanted: RestorePrepareRequest,
): Promise<RestorePrepareResult> {
  const { project, backup } = wanted;
  return withLock(backupLock(layout, project), `restore of ${project} from ${backup}`, LOCK_WAIT_SECONDS, () =>
    prepareForSwap(layout, log, wanted),
  );
}

/** The same for a caller that holds `backupLock`. */
export async function prepareForSwap(
  layout: Layout,
  log: Log,
  { project, backup, nonce, keyTables, repeatable = false }: RestorePrepareRequest,
): Promise<RestorePrepareResult> {
  if (!repeatable && (await usedNonces(layout, project)).includes(nonce)) {
    log.info(`${project}: the restore of ${backup} was done before (nonce ${nonce}); nothing is restored again`);
    return { project };
  }
  const found = await findBackup(layout, project, backup);
  const replaced = await readPrepared(layout, project);
  const { database } = await prepareRestore(layout, log, project, found, keyTables);
  const { backup_id, schema_revision } = found.entry;
  const preparedAt = new Date().toISOString();
  await writePrepared(layout, {
    project,
    database,
    backup: backup_id,
    schemaRevision: schema_revision,
    nonce,
    preparedAt,
  });
  if (replaced) await dropDatabase((await platformDescription(layout)).postgres, replaced.database);
  log.info(`${project}: ${database} is ready; the rollout swaps it in`);
  return { project, database };
}
