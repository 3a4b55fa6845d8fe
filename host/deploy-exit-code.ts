import { BackupError } from "./backup/backup-error";
import { MigrationError } from "./migration-command";
import { PostgresError } from "./postgres";
import type { Intent } from "./requests";

/** Of `deploy` (SC-03) and of `rollback` (SC-04). */
const FAILED = 1;
const BACKUP_FAILED = 2;
const MIGRATION_FAILED = 3;
const RESTORE_FAILED = 3;

/**
 * The exit code of a deploy or a rollback of which this step failed. What failed decides, and not the code that the same
 * failure has in a command of its own: a backup without room ends `backup` with 3 and a deploy with 2.
 */
export function deployExitCode(step: string, error: Error, operation: Intent["operation"]): number {
  if (operation === "rollback") {
    const isRestore = step === "restore-prepare" || error instanceof PostgresError;
    return isRestore ? RESTORE_FAILED : FAILED;
  }
  if (step === "pre-deploy-backup" || error instanceof BackupError) return BACKUP_FAILED;
  return error instanceof MigrationError ? MIGRATION_FAILED : FAILED;
}
