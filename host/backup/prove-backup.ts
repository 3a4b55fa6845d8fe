import { recordEvent } from "../audit";
import { ContractError } from "../contract-error";
import { platformDescription } from "../description";
import type { Layout } from "../layout";
import { withLock } from "../lock";
import type { Log } from "../log";
import { notify } from "../notify";
import { checkIntegrity, DamagedBackupError, findBackup } from "../restore/find-backup";
import { dropDatabase } from "../restore/fresh-database";
import { prepareRestore } from "../restore/prepare-restore";
import { UnrestorableError } from "../restore/unrestorable";
import { type BackupEntry, backupLock, readIndex, updateEntry } from "./backup-index";

/** Longest wait for a backup or a restore of the project, in seconds. */
const LOCK_WAIT_SECONDS = 900;
const FAILED = 1;

export interface ProofWish {
  project: string;
  /** Id, path, or `latest`. */
  backup: string;
  by: string;
}

/**
 * Proves a backup by restoring it into a scratch database and comparing every table's rows; the index says when. A bad
 * one is marked as failed, so that the next good one takes its place as the latest, and the stack's webhook is told.
 * Where it is not the backup that kept the proof from being made, the backup stays what it is. Rejects with what is wrong.
 */
export async function proveBackup(
  layout: Layout,
  log: Log,
  { project, backup, by }: ProofWish,
  now: () => Date = () => new Date(),
): Promise<BackupEntry> {
  const began = performance.now();
  const event = () => ({ operation: "proof", project, by, seconds: (performance.now() - began) / 1000 }) as const;
  return withLock(backupLock(layout, project), `proof of ${backup} of ${project}`, LOCK_WAIT_SECONDS, async () => {
    const found = await findBackup(layout, project, backup);
    const { entry } = found;
    try {
      await checkIntegrity(found);
      if (entry.database) {
        const { database } = await prepareRestore(layout, log, project, found, [], "proof", now());
        await dropDatabase((await platformDescription(layout)).postgres, database);
      }
    } catch (cause) {
      const isBad = isOfBackup(cause as Error);
      const error = isBad ? (cause as Error) : notProven(entry, cause as Error);
      if (isBad) await markFailed(layout, log, entry, error.message);
      await recordEvent(layout, { ...event(), from: entry.backup_id, result: "failure", reason: error.message });
      throw error;
    }
    const proven = { ...entry, restored_at: now().toISOString() };
    await updateEntry(layout, proven);
    await recordEvent(layout, { ...event(), from: entry.backup_id, result: "success" });
    log.info(`${project}: ${entry.backup_id} was restored into a scratch database, and all rows are there`);
    return proven;
  });
}

/**
 * Whether a proof failed by what is in the backup: a file that is damaged, an archive that cannot be restored, rows that
 * differ. An interrupt, Postgres, Docker and the file system are no fault of its.
 */
export function isOfBackup(error: Error): boolean {
  return error instanceof DamagedBackupError || error.cause instanceof UnrestorableError;
}

function notProven({ project, backup_id }: BackupEntry, cause: Error): ContractError {
  const { message } = cause.cause instanceof Error ? cause.cause : cause;
  const text = `${project}: the proof of ${backup_id} could not be made, and the backup stays what it is: ${message}`;
  return new ContractError(text, (cause as { exitCode?: number }).exitCode ?? FAILED, { cause });
}

async function markFailed(layout: Layout, log: Log, entry: BackupEntry, note: string): Promise<void> {
  await updateEntry(layout, { ...entry, verified: false, status: "failed", note });
  const { backups } = await readIndex(layout, entry.project);
  const next = backups.findLast(({ verified }) => verified)?.backup_id;
  const instead = next ? `the latest good one is ${next}` : "there is no good one: take a backup now";
  const text = `${entry.project}: backup ${entry.backup_id} is bad: ${note}; ${instead}`;
  log.error(text);
  await notify(layout, log, text);
}
