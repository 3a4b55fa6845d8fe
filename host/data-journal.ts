import { rm } from "node:fs/promises";
import { join } from "node:path";
import { readIfThere, writeAtomic } from "./atomic-file";
import type { BackupEntry } from "./backup/backup-index";
import { platformDescription, projectDescription } from "./description";
import type { Layout } from "./layout";
import type { Log } from "./log";
import { readRecord } from "./record";
import { migrateRelease } from "./release-migration";
import type { Swap } from "./restore/swap-database";
import { untilNoneRuns } from "./run-once";

/** Longest wait for another backup of the project, in seconds. */
const LOCK_WAIT_SECONDS = 900;

/** What takes a change of the data back that was begun while nobody could write. */
export type WayBackOfData =
  /** Of a database that took the place of the project's own, if it came to that. */
  | { swap: Swap }
  /** A backup from before the change, its id. */
  | { backup: string }
  /** The live release's own migration, after its downgrade. */
  | { upgrade: true };

/** Written down before the change, for whoever finds it unfinished: `data-change.json` of the project. */
export async function openJournal(layout: Layout, project: string, wayBack: WayBackOfData): Promise<void> {
  await writeAtomic(path(layout, project), `${JSON.stringify(wayBack)}\n`);
}

/** The same with a backup made for it, before any other can begin. Returns its id. `by`: who makes the change. */
export async function openWithBackup(layout: Layout, log: Log, project: string, by: string): Promise<string> {
  const { backupProject } = await import("./backup/backup-project");
  const beforeUnlock = ({ backup_id: backup }: BackupEntry) => openJournal(layout, project, { backup });
  const wish = { project, type: "safety", by, lockWaitSeconds: LOCK_WAIT_SECONDS, beforeUnlock } as const;
  return (await backupProject(layout, log, wish)).backup_id;
}

/** Whether a change is neither made for good nor taken back. */
export async function isJournalOpen(layout: Layout, project: string): Promise<boolean> {
  return (await readIfThere(path(layout, project))) !== undefined;
}

/** The change stays. */
export async function closeJournal(layout: Layout, project: string): Promise<void> {
  await rm(path(layout, project), { force: true });
}

/**
 * Takes a change back that did not come to its switch, and does nothing where there is none. The caller holds the
 * project's lock, and nobody has written since the change began. May be run again where it was cut off.
 */
export async function takeDataBack(layout: Layout, log: Log, project: string): Promise<void> {
  const text = await readIfThere(path(layout, project));
  if (text === undefined) return;
  const wayBack = JSON.parse(text) as WayBackOfData;
  await endMigrations(layout, project);
  if ("swap" in wayBack) await takeSwapBack(layout, log, project, wayBack.swap);
  else if ("backup" in wayBack) {
    log.warn(
      `${project}: the database goes back to ${wayBack.backup}, from before the change; nobody has written since`,
    );
    const { restoreBackup } = await import("./restore/restore-backup");
    await restoreBackup(layout, log, project, wayBack.backup);
  } else await migrateUp(layout, log, project);
  await closeJournal(layout, project);
}

/** A killed command's container goes on: it would change what is put back, or what nobody goes by any more. */
export async function endMigrations(layout: Layout, project: string): Promise<void> {
  const { stack } = await platformDescription(layout);
  await untilNoneRuns({ "slipway.stack": stack, "slipway.project": project, "slipway.service": "migrate" }, 0);
}

async function takeSwapBack(layout: Layout, log: Log, project: string, swap: Swap): Promise<void> {
  const [{ databasesBeside }, { swapBack }, { postgres }] = await Promise.all([
    import("./restore/fresh-database"),
    import("./restore/swap-database"),
    platformDescription(layout),
  ]);
  const beside = await databasesBeside(postgres, swap.database, ["before", "restore"]);
  if (!beside.includes(swap.kept) || beside.includes(swap.incoming)) return;
  log.warn(`${project}: ${swap.kept} is the project's database again; nobody has written since it was replaced`);
  await swapBack(postgres, log, swap);
  // A release, or its migration, may have written to it.
  const { unprepare } = await import("./restore/prepared-restore");
  await unprepare(layout, project, swap.incoming);
}

async function migrateUp(layout: Layout, log: Log, project: string): Promise<void> {
  const [{ live }, { network }] = await Promise.all([readRecord(layout, project), projectDescription(layout, project)]);
  if (!live) return;
  log.warn(`${project}: the migration of release ${live.release}, which has the traffic, is run again`);
  await migrateRelease(log, { project, network, release: live }, "upgrade");
}

function path(layout: Layout, project: string): string {
  return join(layout.project(project), "data-change.json");
}
