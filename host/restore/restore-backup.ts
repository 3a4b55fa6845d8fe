import { backupLock } from "../backup/backup-index";
import { platformDescription, projectDescription } from "../description";
import type { Layout } from "../layout";
import { withLock } from "../lock";
import type { Log } from "../log";
import { findBackup } from "./find-backup";
import { prepareRestore } from "./prepare-restore";
import { type Swap, swapDatabase } from "./swap-database";

/** Longest wait for a backup or another restore of the project, in seconds. */
const LOCK_WAIT_SECONDS = 900;

export interface RestoreOptions {
  /** Is told of the swap before it is made. */
  announce?: (swap: Swap) => Promise<void>;
  /** The caller holds `backupLock` already. Default false. */
  isLockHeld?: boolean;
}

/**
 * Puts a safety backup's database back in place, verified first; the replaced one is kept. What it held was right for the
 * release that ran then, much or little. Nothing where the project has none.
 */
export async function restoreBackup(
  layout: Layout,
  log: Log,
  project: string,
  backup: string,
  { announce, isLockHeld = false }: RestoreOptions = {},
): Promise<void> {
  const [{ postgres }, { database }] = await Promise.all([
    platformDescription(layout),
    projectDescription(layout, project),
  ]);
  if (database === undefined) return;
  const restore = async () => {
    const found = await findBackup(layout, project, backup, { evenSuspicious: true });
    const fresh = await prepareRestore(layout, log, project, found, []);
    await swapDatabase(postgres, log, database, fresh.database, announce);
  };
  const purpose = `restore of ${project} from ${backup}`;
  await (isLockHeld ? restore() : withLock(backupLock(layout, project), purpose, LOCK_WAIT_SECONDS, restore));
}
