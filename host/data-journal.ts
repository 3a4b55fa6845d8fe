import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readIfThere, writeAtomic } from "./atomic-file";
import { changeGateway } from "./change-gateway";
import { platformDescription, projectDescription } from "./description";
import type { Layout } from "./layout";
import type { Log } from "./log";
import { readRecord } from "./record";
import { migrateRelease } from "./release-migration";
import type { GatewayRef } from "./requests";
import type { Swap } from "./restore/swap-database";
import { currentRoutes, type Routes, routesEdit } from "./route-paths";
import { untilNoneRuns } from "./run-once";
import { stopWorkers } from "./workers";

/** What takes a change of the data back that was begun while nobody could write. */
export type WayBackOfData =
  /** Of a database that took the place of the project's own, if it came to that. */
  | { swap: Swap }
  /** A backup from before the change, its id. */
  | { backup: string }
  /** The live release's own migration, after its downgrade. */
  | { upgrade: true }
  /** None any more: a person has put other data in its place. */
  | { isReplaced: true };

/** `data-change.json` of a project, from before a change of its data until that is made for good or taken back. */
type Journal = WayBackOfData & {
  /**
   * The record has it once the change stays (`ProjectRecord.dataChange`): traffic has gone over with it, or the migration
   * that it is has ended well. Earlier versions of Slipway wrote neither this nor the routes: their hold ended with the
   * switch, so a project still held had not been switched.
   */
  id?: string;
  /** That routed the project's requests before. */
  routes?: Routes;
};

const WAYS_BACK = ["swap", "backup", "upgrade", "isReplaced"];

/** What takes the data back is not known any more: a person has to choose other data. */
class DamagedJournalError extends Error {
  constructor(project: string, file: string) {
    super(`${file} is damaged: what takes the data back is not known any more; next: slipway restore ${project}`);
    this.name = "DamagedJournalError";
  }
}

/** Written down before the change, for whoever finds it unfinished. */
export async function openJournal(layout: Layout, project: string, wayBack: WayBackOfData): Promise<void> {
  const routes = await currentRoutes(layout, project);
  await writeJournal(layout, project, { ...wayBack, id: randomUUID(), routes });
}

/** The same with a backup made for it. Returns its id. `by`: who makes the change. The caller holds `backupLock`. */
export async function openWithBackup(layout: Layout, log: Log, project: string, by: string): Promise<string> {
  const { backupProject } = await import("./backup/backup-project");
  // Requests are held until it is over.
  const wish = { project, type: "safety", by, isLockHeld: true, leavesTidying: true } as const;
  const { backup_id: backup } = await backupProject(layout, log, wish);
  await openJournal(layout, project, { backup });
  return backup;
}

/** Whether a change is neither made for good nor taken back. */
export async function isJournalOpen(layout: Layout, project: string): Promise<boolean> {
  return (await readIfThere(path(layout, project))) !== undefined;
}

/** Whether the data is neither what it was nor what it will be: a change was begun, which the record does not have. */
export async function isHalfChanged(layout: Layout, project: string): Promise<boolean> {
  if (!(await isJournalOpen(layout, project))) return false;
  const journal = await readJournal(layout, project).catch(ignoreDamage);
  if (!journal) return true;
  if ("isReplaced" in journal) return false;
  const { dataChange } = await readRecord(layout, project);
  return dataChange === undefined || journal.id !== dataChange;
}

/** Of the change that is under way, for the record in which it is made for good. */
export async function openChange(layout: Layout, project: string): Promise<string | undefined> {
  return (await readJournal(layout, project))?.id;
}

/**
 * What a command does that finds a project held: a change that is in the record stays; every other is taken back, routes
 * first, so that no client reaches a release whose data went away. The project is still held then.
 * `isLockHeld`: the caller holds `backupLock` already. Resolves with whether anything was taken back.
 */
export async function settleChange(
  layout: Layout,
  log: Log,
  gateway: GatewayRef,
  project: string,
  isLockHeld = false,
): Promise<boolean> {
  const journal = await readJournal(layout, project);
  if (!journal) return false;
  const { dataChange, switching } = await readRecord(layout, project);
  const isMade = dataChange !== undefined && journal.id === dataChange;
  if (!isMade) {
    await takeRoutesBack(layout, gateway, project, journal);
    await stopWorkers(switching?.workers ?? []);
    await takeDataBack(layout, log, project, isLockHeld);
  }
  await closeJournal(layout, project);
  return !isMade;
}

/**
 * A person has chosen other data than what a change that was cut off would put back; its routes still are. Of a journal that
 * is damaged, nothing is.
 */
export async function replaceData(layout: Layout, project: string): Promise<void> {
  if (!(await isJournalOpen(layout, project))) return;
  const { id, routes } = (await readJournal(layout, project).catch(ignoreDamage)) ?? {};
  const journal: Journal = { isReplaced: true, ...(id !== undefined && { id }), ...(routes && { routes }) };
  await writeJournal(layout, project, journal);
}

/** The change stays. */
export async function closeJournal(layout: Layout, project: string): Promise<void> {
  await rm(path(layout, project), { force: true });
}

/**
 * Takes a change back that did not come to its switch, and does nothing where there is none. The caller holds the
 * project's lock, and nobody has written since the change began. May be run again where it was cut off. `isLockHeld`: the
 * caller holds `backupLock`, too.
 */
export async function takeDataBack(layout: Layout, log: Log, project: string, isLockHeld = false): Promise<void> {
  const wayBack = await readJournal(layout, project);
  if (wayBack === undefined) return;
  await endMigrations(layout, project);
  if ("swap" in wayBack) await takeSwapBack(layout, log, project, wayBack.swap);
  else if ("backup" in wayBack) {
    log.warn(
      `${project}: the database goes back to ${wayBack.backup}, from before the change; nobody has written since`,
    );
    const { restoreBackup } = await import("./restore/restore-backup");
    await restoreBackup(layout, log, project, wayBack.backup, { isLockHeld });
  } else if ("upgrade" in wayBack) await migrateUp(layout, log, project);
  await closeJournal(layout, project);
}

/** A killed command's container goes on: it would change what is put back, or what nobody goes by any more. */
export async function endMigrations(layout: Layout, project: string): Promise<void> {
  const { stack } = await platformDescription(layout);
  await untilNoneRuns({ "slipway.stack": stack, "slipway.project": project, "slipway.service": "migrate" }, 0);
}

async function takeRoutesBack(
  layout: Layout,
  { container }: GatewayRef,
  project: string,
  { routes }: Journal,
): Promise<void> {
  if (!routes) return;
  await changeGateway(layout, container, `routes of ${project}, taken back`, routesEdit(project, routes));
}

async function takeSwapBack(layout: Layout, log: Log, project: string, swap: Swap): Promise<void> {
  const [{ databasesBeside }, { openDatabase, swapBack }, { postgres }] = await Promise.all([
    import("./restore/fresh-database"),
    import("./restore/swap-database"),
    platformDescription(layout),
  ]);
  const beside = await databasesBeside(postgres, swap.database, ["before", "restore"]);
  // Also where it was not made: Postgres may have ended in the middle of it.
  if (!beside.includes(swap.kept) || beside.includes(swap.incoming)) return openDatabase(postgres, swap.database);
  // A release, or its migration, may have written to it. Before the swap, which tells where this was cut off.
  const { unprepare } = await import("./restore/prepared-restore");
  await unprepare(layout, project, swap.incoming);
  log.warn(`${project}: ${swap.kept} is the project's database again; nobody has written since it was replaced`);
  await swapBack(postgres, log, swap);
}

async function migrateUp(layout: Layout, log: Log, project: string): Promise<void> {
  const [{ live }, { network }] = await Promise.all([readRecord(layout, project), projectDescription(layout, project)]);
  if (!live) return;
  log.warn(`${project}: the migration of release ${live.release}, which has the traffic, is run again`);
  await migrateRelease(log, { project, network, release: live }, "upgrade");
}

/** Throws `DamagedJournalError`. */
async function readJournal(layout: Layout, project: string): Promise<Journal | undefined> {
  const file = path(layout, project);
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  try {
    const journal = JSON.parse(text) as Journal;
    if (WAYS_BACK.some((way) => way in journal)) return journal;
  } catch {} // Cut off by other means than ours, which rename.
  throw new DamagedJournalError(project, file);
}

function ignoreDamage(error: Error): undefined {
  if (!(error instanceof DamagedJournalError)) throw error;
}

async function writeJournal(layout: Layout, project: string, journal: Journal): Promise<void> {
  await writeAtomic(path(layout, project), `${JSON.stringify(journal)}\n`);
}

function path(layout: Layout, project: string): string {
  return join(layout.project(project), "data-change.json");
}
