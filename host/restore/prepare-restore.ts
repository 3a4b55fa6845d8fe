import { join } from "node:path";
import type { KeyTable } from "../../config/project";
import { allEnded } from "../all-ended";
import { readArchive } from "../backup/archive-file";
import { databaseTimeoutSeconds } from "../backup/database-timeout";
import { dumpLogin } from "../backup/dump-role";
import { countRows } from "../backup/dump-session";
import { createExtensions } from "../backup/superuser-extensions";
import { platformDescription, projectDescription } from "../description";
import { endHereIfStopped } from "../interruption";
import type { Layout } from "../layout";
import type { Log } from "../log";
import { analyze, fillDatabase } from "./fill-database";
import { checkIntegrity, type FoundBackup } from "./find-backup";
import { createFresh, databasesBeside, dropDatabase, type Purpose } from "./fresh-database";
import { readPrepared } from "./prepared-restore";
import { withProgress } from "./progress";
import { restoreError } from "./restore-error";
import { checkRoom } from "./room";
import { keyTableShortfalls, rowDifferences } from "./row-differences";
import { UnrestorableError } from "./unrestorable";

export interface FreshDatabase {
  /** Its name beside the project's own. */
  database: string;
  rows: Record<string, number>;
}

/**
 * Restores the database of a backup into a fresh one beside the project's own, and verifies it: the rows of every table
 * as the backup counted them, and `keyTables`: those of the release that is to work with it, none where the backup is put
 * back as it is. Touches nothing else; what failed is dropped again. The caller holds `backupLock`.
 */
export async function prepareRestore(
  layout: Layout,
  log: Log,
  project: string,
  found: FoundBackup,
  keyTables: KeyTable[],
  purpose: Extract<Purpose, "restore" | "proof"> = "restore",
  now = new Date(),
): Promise<FreshDatabase> {
  const { entry, folder } = found;
  const { postgres } = await platformDescription(layout);
  const { database: role } = await projectDescription(layout, project);
  if (role === undefined || !entry.database) throw new Error(`${entry.backup_id} has no database of ${project}`);
  let fresh: string | undefined;
  try {
    await checkIntegrity(found);
    await dropLeftovers(layout, log, project, postgres, role);
    await checkRoom(postgres, entry);
    fresh = await createFresh(postgres, role, purpose, now);
    log.info(`${project}: restoring ${entry.backup_id} into ${fresh}`);
    const login = { postgres, role, database: fresh };
    const { format, rows, extensions = {} } = entry.database;
    await createExtensions(postgres, fresh, extensions);
    const { name = "", bytes = 0 } = entry.files[0] ?? {};
    const path = join(folder, name);
    const told = { log, what: `${project}: restoring the database`, total: bytes };
    await fillDatabase(login, path, format, databaseTimeoutSeconds(), withProgress(readArchive(path).pieces, told));
    // One takes a processor, the other a bit of one.
    const [counted] = await allEnded([
      dumpLogin(login).then((reader) => countRows(reader, databaseTimeoutSeconds())),
      analyze(log, login, databaseTimeoutSeconds()),
    ]);
    const bad = [...rowDifferences(counted.rows, rows), ...keyTableShortfalls(counted.rows, keyTables)];
    if (bad.length > 0) throw new UnrestorableError(bad.join("; "));
    const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
    log.info(`${project}: ${fresh} has all ${total} rows of ${Object.keys(rows).length} tables`);
    await endHereIfStopped();
    return { database: fresh, rows };
  } catch (error) {
    if (fresh !== undefined) await dropDatabase(postgres, fresh).catch(() => undefined);
    throw restoreError(project, error as Error, `the database of ${project} is untouched`);
  }
}

/** Of runs that were killed; not the one that waits to be swapped in. */
async function dropLeftovers(layout: Layout, log: Log, project: string, postgres: string, role: string): Promise<void> {
  const waiting = (await readPrepared(layout, project))?.database;
  for (const name of await databasesBeside(postgres, role, ["restore", "proof"])) {
    if (name === waiting) continue;
    await dropDatabase(postgres, name);
    log.warn(`${project}: dropped ${name}, which a killed run had left`);
  }
}
