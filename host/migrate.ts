import { backupLock } from "./backup/backup-index";
import { deployBackup } from "./backup/deploy-backup";
import { roomToGoBack, takeDataBackAfter } from "./data-change";
import { closeJournal, openChange, openWithBackup } from "./data-journal";
import { projectDescription } from "./description";
import { failedMigration } from "./failed-migration";
import { whileHeld } from "./hold-writers";
import type { Layout } from "./layout";
import { withLock } from "./lock";
import type { Log } from "./log";
import { changeSchema, migrationCommand, revisionOf, tryMigrationCommand } from "./migration-command";
import { isHeldAway, readRecord, writeRecord } from "./record";
import type { MigrateRequest } from "./requests";
import { untilNoneRuns } from "./run-once";
import { broughtTo, isBefore } from "./schema";
import { LOCK_RETRIES } from "./session-options";

const LOCK_WAIT_SECONDS = 900;

export interface MigrateResult {
  project: string;
  outcome: "migrated" | "up to date" | "kept" | "deferred";
  revision?: string;
}

/**
 * Brings a project's database to what a release needs, in one container of the release's own image, before any
 * traffic moves.
 *
 * A release whose image once brought the database to a revision before the recorded one is older than the database: its
 * migration command does not know the newer revision and would fail, so it is skipped and said so.
 *
 * A backup and a migration wait for each other. Locks are taken in one order everywhere: the project's, then the
 * backups'.
 */
export async function migrate(layout: Layout, log: Log, wanted: MigrateRequest): Promise<MigrateResult> {
  const { project, release } = wanted;
  return withLock(layout.project(project), `migrate ${project} ${release}`, LOCK_WAIT_SECONDS, async () => {
    const { "slipway.release": _, ...anyRelease } = wanted.labels;
    if (await untilNoneRuns(anyRelease, wanted.timeoutSeconds)) {
      log.warn(`${project}: waited for a migration that a killed run had begun`);
    }
    const record = await readRecord(layout, project);
    if (record.live?.release === release) {
      log.info(`${project}: no migration, release ${release} is live already`);
      return { project, outcome: "up to date" };
    }
    if (isHeldAway(record, release)) {
      log.info(`${project}: no migration, traffic is held away from release ${release}`);
      return { project, outcome: "kept" };
    }
    if (record.live && (await isPartOfSwitch(layout, wanted))) {
      log.info(`${project}: the migration is part of the switch`);
      return { project, outcome: "deferred" };
    }
    const head = record.schema?.heads[wanted.image];
    if (record.schema && head !== undefined) {
      const { revision } = record.schema;
      const current = await tryMigrationCommand(wanted, wanted.current);
      if (current.exitCode === 0 && revisionOf(current) === head) {
        log.info(`${project}: no pending migration, the database is at ${head}`);
        return { project, outcome: "up to date", revision: head };
      }
      if (isBefore(record.schema, head, revision) && (current.exitCode !== 0 || revisionOf(current) === revision)) {
        log.info(
          `${project}: the database stays at ${revision}; release ${release} (${wanted.version}) was made for ${head}`,
        );
        return { project, outcome: "kept", revision };
      }
    }
    log.info(`${project}: ${wanted.upgrade.join(" ")}`);
    /**
     * With `backupLock` until the record tells of the new schema: a backup names the one that the record has. The change
     * `dataChange` stays from then on: taken back after a kill, it would leave the record with a schema that is gone.
     */
    const upgrade = async (mostRetries: number, backup: string, dataChange?: string) => {
      await changeSchema(log, wanted, { command: wanted.upgrade, mostRetries, backup });
      const revision = revisionOf(await migrationCommand(wanted, wanted.current));
      await writeRecord(layout, project, {
        ...record,
        schema: broughtTo(record.schema, wanted.image, revision, wanted.isCompatible),
        ...(dataChange !== undefined && { dataChange }),
      });
      return revision;
    };
    const upgradeUnheld = async () => {
      const backup = await deployBackup(layout, project, release);
      return upgrade(LOCK_RETRIES, backup).catch(async (error: Error) => {
        const failed = { wanted, record, backup, error };
        throw await failedMigration(layout, failed, () => tryMigrationCommand(wanted, wanted.current));
      });
    };
    const revision =
      wanted.isTransactional || !record.live
        ? await withLock(backupLock(layout, project), `migrate ${project} ${release}`, LOCK_WAIT_SECONDS, upgradeUnheld)
        : await upgradeHeld(layout, log, wanted, async (backup) =>
            upgrade(0, backup, await openChange(layout, project)),
          );
    log.info(`${project}: migrated${revision === "" ? "" : `, the database is at ${revision}`}`);
    return { project, outcome: "migrated", revision };
  });
}

/** The rollout migrates, in one step with the switch. */
async function isPartOfSwitch(layout: Layout, { project, isIncompatible, restore }: MigrateRequest): Promise<boolean> {
  if (isIncompatible) return true;
  if (restore === undefined) return false;
  const { readPrepared } = await import("./restore/prepared-restore");
  // Each restore happens once; its entry in the stack's file may stay for long.
  return (await readPrepared(layout, project))?.nonce === restore;
}

/** A migration whose failure could leave changes behind: nobody writes meanwhile, so its backup loses no row. */
async function upgradeHeld(
  layout: Layout,
  log: Log,
  wanted: MigrateRequest,
  upgrade: (backup: string) => Promise<string>,
): Promise<string> {
  const { project, gateway } = wanted;
  const description = await projectDescription(layout, project);
  const upgraded = async () => {
    const backup = await openWithBackup(layout, log, project, "migration");
    let revision: string;
    try {
      revision = await upgrade(backup);
    } catch (error) {
      await takeDataBackAfter(layout, log, project, error as Error);
      throw error;
    }
    await closeJournal(layout, project);
    return revision;
  };
  return whileHeld(layout, log, { description, gateway }, upgraded, { check: () => roomToGoBack(layout, project) });
}
