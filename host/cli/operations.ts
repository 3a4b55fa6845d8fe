import type { BackupEntry } from "../backup/backup-index";
import type { Finding } from "../finding";
import type { Layout } from "../layout";
import type { Log } from "../log";

export const BACKUP_TYPES = ["scheduled", "pre_deployment", "manual"] as const;
export type BackupType = (typeof BACKUP_TYPES)[number];

export const RESTORE_PARTS = ["database", "volumes", "images", "configuration"] as const;
export type RestorePart = (typeof RESTORE_PARTS)[number];

export const DATABASE_POLICIES = ["auto", "keep", "restore"] as const;
export type DatabasePolicy = (typeof DATABASE_POLICIES)[number];

/** What the commands have done for them. Each rejects with a `ContractError` that has its exit code. */
export interface Operations {
  /** Logs `Backup complete: P` last. */
  backupProject(
    layout: Layout,
    log: Log,
    wanted: { project: string; type: BackupType; by: string },
  ): Promise<BackupEntry>;
  restoreProject(
    layout: Layout,
    log: Log,
    /** `backup`: a path, an id or `latest`. */
    wanted: { project: string; backup: string; parts: RestorePart[]; by: string },
  ): Promise<unknown>;
  rollbackOnHost(
    layout: Layout,
    log: Log,
    wanted: { project: string; version?: string; database?: DatabasePolicy; by: string },
  ): Promise<{ version: string }>;
  verifyRelease(layout: Layout, project: string): Promise<Finding[]>;
}

/** Loaded one by one, when used. */
export const operations: Operations = {
  backupProject: async (layout, log, wish) =>
    (await import("../backup/backup-project")).backupProject(layout, log, wish),
  restoreProject: async (layout, log, wish) =>
    (await import("../restore/restore-project")).restoreProject(layout, log, wish),
  rollbackOnHost: async (layout, log, wanted) => (await import("../rollback")).rollback(layout, log, wanted),
  verifyRelease: async (layout, project) => (await import("../verify-release")).verifyRelease(layout, project),
};
