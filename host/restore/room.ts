import type { BackupEntry } from "../backup/backup-index";
import { ContractError } from "../contract-error";
import { bytesText, databaseSpace, spaceText, spaceVerdict } from "../disk-space";

/** Exit code of the script contract (SC-09). */
const FAILED = 1;

/**
 * Throws where a backup's database beside the project's own would fill the volume of the databases, or nearly: every
 * project writes there. Of a backup that does not tell its size nothing is known.
 */
export async function checkRoom(postgres: string, { project, backup_id, database }: BackupEntry): Promise<void> {
  if (database?.bytes === undefined) return;
  const volume = await databaseSpace(postgres);
  if (spaceVerdict({ ...volume, freeBytes: volume.freeBytes - database.bytes }) !== "unhealthy") return;
  throw new ContractError(
    `${project}: there is no room for the database of ${backup_id} beside those that are there: it takes ` +
      `${bytesText(database.bytes)}, and ${spaceText(volume)} on the volume of the databases; nothing was changed\n` +
      "hint: make room there; health-check --json names the databases that nothing uses",
    FAILED,
  );
}
