import { ContractError } from "../contract-error";
import { tagBackupImages } from "../images/backup-images";
import type { Layout } from "../layout";
import type { Log } from "../log";
import { isHeldAway, readRecord } from "../record";
import type { Intent, PreDeployBackupRequest } from "../requests";
import { backupProject } from "./backup-project";
import { rememberDeployBackup } from "./deploy-backup";

/** Exit code of the script contract (SC-03). */
const BACKUP_FAILED = 2;
/** Longest wait for another backup or a restore of the project, in seconds. */
const LOCK_WAIT_SECONDS = 900;

export interface PreDeployBackupResult {
  project: string;
  /** None where the operator left it out, or nothing will change. */
  backup?: string;
}

/** Backs up a project before a deploy changes anything (MT-06). */
export async function preDeployBackup(
  layout: Layout,
  log: Log,
  { project, release }: PreDeployBackupRequest,
  intended: Intent | undefined,
): Promise<PreDeployBackupResult> {
  const record = await readRecord(layout, project);
  const { live } = record;
  if (live?.release === release) {
    log.info(`${project}: no backup, release ${release} is live already`);
    return { project };
  }
  if (isHeldAway(record, release)) {
    log.info(`${project}: no backup, traffic is held away from release ${release}`);
    return { project };
  }
  if (intended?.keepsData) {
    log.info(`${project}: no backup before release ${release}: the rollback leaves the data as it is`);
    return { project };
  }
  if (intended?.skipBackup) {
    log.warn(
      `${project}: no backup before release ${release}, as ${intended.by} asked: what it changes in the data stays`,
    );
    return { project };
  }
  try {
    const by = intended?.by ?? "pulumi up";
    // A restore may be what follows, of a backup that is expired; else the success backup tidies up after the switch.
    const wish = { project, type: "pre_deployment", by, leavesTidying: true } as const;
    const { backup_id } = await backupProject(layout, log, { ...wish, lockWaitSeconds: LOCK_WAIT_SECONDS });
    const { images = {}, imageIds } = live ?? {};
    await tagBackupImages(layout, log, { project, backupId: backup_id, images, ...(imageIds && { imageIds }) });
    await rememberDeployBackup(layout, project, release, backup_id);
    return { project, backup: backup_id };
  } catch (error) {
    throw new ContractError(`${(error as Error).message}; nothing was changed`, BACKUP_FAILED, { cause: error });
  }
}
