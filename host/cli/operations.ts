import type { BackupEntry } from "../backup/backup-index";
import { ContractError } from "../contract-error";
import type { Finding } from "../finding";
import type { Layout } from "../layout";
import type { Log } from "../log";

export const BACKUP_TYPES = ["scheduled", "pre_deployment", "manual"] as const;
export type BackupType = (typeof BACKUP_TYPES)[number];

export const RESTORE_PARTS = ["database", "volumes", "images", "configuration"] as const;
export type RestorePart = (typeof RESTORE_PARTS)[number];

export const DATABASE_POLICIES = ["auto", "keep", "restore"] as const;
export type DatabasePolicy = (typeof DATABASE_POLICIES)[number];

export interface BackupWish {
  project: string;
  type: BackupType;
  by: string;
}

/** Exit code of the script contract (SC-05). */
const NOT_VERIFIED = 2;
/** How long a scheduled backup waits for another one, a restore or a migration of its project, in seconds. */
const SCHEDULED_WAIT_SECONDS = 900;

/** What the commands have done for them. Each rejects with a `ContractError` that has its exit code. */
export interface Operations {
  /** Logs `Backup complete: P` last. */
  backupProject(layout: Layout, log: Log, wanted: BackupWish): Promise<BackupEntry>;
  restoreProject(
    layout: Layout,
    log: Log,
    /**
     * `backup`: a path, an id or `latest`; `allParts`: refuses a part that it has not; `dryRun`: says what it would do,
     * and does nothing.
     */
    wanted: {
      project: string;
      backup: string;
      parts: RestorePart[];
      allParts?: boolean;
      by: string;
      dryRun?: boolean;
    },
    /** Looks at the project afterwards, and throws what is wrong. Default: nobody looks. */
    verify?: () => Promise<void>,
  ): Promise<unknown>;
  rollbackOnHost(
    layout: Layout,
    log: Log,
    wanted: { project: string; version?: string; database?: DatabasePolicy; backup?: string; by: string },
  ): Promise<{ version: string }>;
  verifyRelease(layout: Layout, project: string): Promise<Finding[]>;
}

/** Loaded one by one, when used. */
export const operations: Operations = {
  backupProject: backedUp,
  restoreProject: async (layout, log, wish, verify) =>
    (await import("../restore/restore-project")).restoreProject(layout, log, wish, verify),
  rollbackOnHost: async (layout, log, wanted) => (await import("../rollback")).rollback(layout, log, wanted),
  verifyRelease: async (layout, project) => (await import("../verify-release")).verifyRelease(layout, project),
};

/** A scheduled backup is proven at once: restored into a scratch database, its rows compared. */
async function backedUp(layout: Layout, log: Log, wish: BackupWish): Promise<BackupEntry> {
  const { backupProject } = await import("../backup/backup-project");
  if (wish.type !== "scheduled") return backupProject(layout, log, wish);
  const entry = await backupProject(layout, log, { ...wish, lockWaitSeconds: SCHEDULED_WAIT_SECONDS });
  const { proveBackup } = await import("../backup/prove-backup");
  try {
    const proven = await proveBackup(layout, log, { ...wish, backup: entry.backup_id });
    log.info(`Backup proven: ${proven.file_path}`);
    return proven;
  } catch (error) {
    throw new ContractError((error as Error).message, NOT_VERIFIED, { cause: error });
  }
}
