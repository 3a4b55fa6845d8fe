import { closeJournal, openJournal, openWithBackup, settleChange, takeDataBack } from "./data-journal";
import { platformDescription } from "./description";
import { docker } from "./docker";
import { type HeldProject, type HoldOptions, whileHeld } from "./hold-writers";
import type { Layout } from "./layout";
import type { Log } from "./log";
import { rememberMigrated } from "./migrated";
import type { LiveRelease, ProjectRecord } from "./record";
import { currentRevision, type MigratedRelease, migrateRelease } from "./release-migration";
import type { ProjectDescription, ReleaseContainer, RolloutRequest } from "./requests";
import type { PreparedRestore } from "./restore/prepared-restore";
import type { Swap } from "./restore/swap-database";
import { broughtTo, isBefore, type SchemaRecord, takenBackTo } from "./schema";
import { ConfirmedSwitchError } from "./switch-traffic";

/** What changes the data together with the switch, and is taken back by its journal while nobody writes. */
export interface DataChange {
  /** For the log. */
  what: string;
  /** Throws, before anything is held, where it could not be taken back. */
  check?(): Promise<void>;
  /**
   * Opens its journal before it changes anything. Resolves with the schema as it is then, where it tells. Has `backupLock`:
   * a backup that runs would keep it from the tables, and one that began would be listed with the schema before.
   */
  apply(): Promise<SchemaRecord | undefined>;
  /** After the switch is confirmed. */
  settle?(): Promise<void>;
}

/**
 * Brings a release into service together with a change of its data, as one step in which nobody writes: the change, the
 * gates, the switch and its confirmation, and only then is the project let go. What fails is taken back before anybody
 * writes again, so that no acknowledged row is lost, also a switch that could not be written down; once it is in the record,
 * nothing is.
 */
export async function withDataChange(
  layout: Layout,
  log: Log,
  held: HeldProject & Pick<HoldOptions, "isUrgent"> & { containers: ReleaseContainer[] },
  change: DataChange,
  bring: (schema: SchemaRecord | undefined) => Promise<ProjectRecord>,
): Promise<ProjectRecord> {
  const { description, gateway, containers, isUrgent = false } = held;
  const { project } = description;
  const options: HoldOptions = { isUrgent, check: async () => change.check?.() };
  const changed = async () => {
    log.info(`${project}: ${change.what}`);
    let record: ProjectRecord;
    try {
      const schema = await change.apply();
      await restartListening(containers);
      record = await bring(schema);
    } catch (error) {
      const settled = settleChange(layout, log, gateway, project, true).catch(bothReasons(error as Error));
      // Whoever goes by the record next would have the release before work with data that is not its own.
      const isTakenBack = await settled;
      throw isTakenBack && error instanceof ConfirmedSwitchError ? error.takenBack() : error;
    }
    // Traffic has gone over: what is not tidied now, the next command of the project does.
    await Promise.all([closeJournal(layout, project), change.settle?.()]).catch((error: Error) =>
      log.warn(`${project}: notes of the change were not taken away: ${error.message}`),
    );
    return record;
  };
  return whileHeld(layout, log, { description, gateway }, changed, options);
}

/** Throws, with both reasons, where that is not possible either. The caller holds `backupLock`. */
export async function takeDataBackAfter(layout: Layout, log: Log, project: string, error: Error): Promise<void> {
  await takeDataBack(layout, log, project, true).catch(bothReasons(error));
}

function bothReasons(error: Error): (second: Error) => never {
  return (second) => {
    throw new Error(`${error.message}; and the data could not be taken back: ${second.message}`, { cause: error });
  };
}

/** They started on the data as it was before, and may have given up. */
async function restartListening(containers: ReleaseContainer[]): Promise<void> {
  const listening = containers.filter(({ port }) => port !== undefined);
  await Promise.all(listening.map(({ id }) => docker().getContainer(id).restart({ t: 1 })));
}

/** The change that a rollout makes, if any: a prepared database put in place, or a migration that suits nobody before it. */
export async function dataChangeOf(
  layout: Layout,
  log: Log,
  wanted: RolloutRequest,
  description: ProjectDescription,
  target: LiveRelease,
  before: ProjectRecord,
): Promise<DataChange | undefined> {
  return (
    (await preparedRestore(layout, log, wanted, description, target, before)) ??
    (await incompatibleMigration(layout, log, wanted, description, target, before))
  );
}

async function preparedRestore(
  layout: Layout,
  log: Log,
  wanted: RolloutRequest,
  description: ProjectDescription,
  target: LiveRelease,
  before: ProjectRecord,
): Promise<DataChange | undefined> {
  const { restore } = wanted;
  if (!restore) return undefined;
  const prepared = await preparedFor(layout, log, wanted, restore);
  if (prepared?.nonce !== restore.nonce) return undefined;
  return swapOf(layout, log, prepared, description, target, before);
}

/** Prepared again where a rollout that failed has had it in place. */
async function preparedFor(
  layout: Layout,
  log: Log,
  { project, release, config }: RolloutRequest,
  restore: NonNullable<RolloutRequest["restore"]>,
): Promise<PreparedRestore | undefined> {
  const { readPrepared, usedNonces } = await import("./restore/prepared-restore");
  if ((await usedNonces(layout, project)).includes(restore.nonce)) return readPrepared(layout, project);
  const { restorePrepare } = await import("./restore/restore-prepare");
  const { keyTables } = config.snapshot;
  await restorePrepare(layout, log, { project, release, version: config.version, ...restore, keyTables });
  return readPrepared(layout, project);
}

/** The swap of a database that was prepared, and verified, before. */
export async function swapOf(
  layout: Layout,
  log: Log,
  prepared: PreparedRestore,
  { project, database, network }: ProjectDescription,
  target: LiveRelease,
  before: ProjectRecord,
): Promise<DataChange | undefined> {
  if (database === undefined) return undefined;
  const [{ forgetPrepared }, { swapDatabase }, { postgres }] = await Promise.all([
    import("./restore/prepared-restore"),
    import("./restore/swap-database"),
    platformDescription(layout),
  ]);
  return {
    what: `the database of ${prepared.backup} takes the place of ${database}`,
    async apply() {
      const { databasesBeside } = await import("./restore/fresh-database");
      // It is not there where a run was killed between the switch and its end: that is then done.
      if ((await databasesBeside(postgres, database, ["restore"])).includes(prepared.database)) {
        const announce = (swap: Swap) => openJournal(layout, project, { swap });
        await swapDatabase(postgres, log, database, prepared.database, announce);
      }
      const { schema } = before;
      const revision = prepared.schemaRevision;
      const head = await headOf(before, target);
      const swapped = schema && takenBackTo(schema, revision);
      if (head === revision || (schema && head !== undefined && isBefore(schema, head, revision))) return swapped;
      const of = { project, network, release: target };
      await migrateRelease(log, of, "upgrade");
      const isCompatible = target.snapshot.migrations?.compatible === true;
      return swapped && broughtTo(swapped, await imageOf(target), await currentRevision(of), isCompatible);
    },
    settle: () => forgetPrepared(layout, project),
  };
}

async function incompatibleMigration(
  layout: Layout,
  log: Log,
  { project }: RolloutRequest,
  description: ProjectDescription,
  target: LiveRelease,
  before: ProjectRecord,
): Promise<DataChange | undefined> {
  const { migrations } = target.snapshot;
  const isLive = before.live?.release === target.release;
  if (migrations?.compatible !== false || isLive || description.database === undefined || !before.live)
    return undefined;
  const head = await headOf(before, target);
  if (head !== undefined && before.schema && isBefore(before.schema, head, before.schema.revision)) return undefined;
  const of = { project, network: description.network, release: target };
  if (await isUpToDate(of, head, before.schema)) return undefined;
  return {
    what: `${migrations.upgrade.join(" ")}, with which the release before does not work`,
    check: () => roomToGoBack(layout, project),
    async apply() {
      const backup = await openWithBackup(layout, log, project, "rollout");
      await migrateRelease(log, of, "upgrade", backup);
      const revision = await currentRevision(of);
      const { databaseMoment } = await import("./backup/rows-changed");
      const moment = await databaseMoment(layout, project);
      await rememberMigrated(layout, project, { release: target.release, backup, ...(moment && { moment }) });
      return broughtTo(before.schema, await imageOf(target), revision, false);
    },
  };
}

/** Loaded where it is needed. */
export async function roomToGoBack(layout: Layout, project: string): Promise<void> {
  const { checkRoomToGoBack } = await import("./restore/room");
  await checkRoomToGoBack(layout, project);
}

/** Whether a release's migration has been made, as the record says and the release's own command confirms. */
async function isUpToDate(of: MigratedRelease, head: string | undefined, schema?: SchemaRecord): Promise<boolean> {
  if (!head || head !== schema?.revision) return false;
  return (await currentRevision(of).catch(() => undefined)) === head;
}

/** A backup's database put in place, while nobody has written since. */
export function restoreChange(
  layout: Layout,
  log: Log,
  project: string,
  backup: string,
  schema: SchemaRecord,
): DataChange {
  return {
    what: `the database goes back to ${backup}; no row was written since`,
    async apply() {
      const { restoreBackup } = await import("./restore/restore-backup");
      const announce = (swap: Swap) => openJournal(layout, project, { swap });
      await restoreBackup(layout, log, project, backup, { announce, isLockHeld: true });
      return schema;
    },
  };
}

/** The revision that a release's own migration ended at, where this host has run it. */
export async function headOf({ schema }: ProjectRecord, release: LiveRelease): Promise<string | undefined> {
  const image = await imageOf(release);
  return image === undefined ? undefined : schema?.heads[image];
}

async function imageOf({ containers, snapshot }: LiveRelease): Promise<string | undefined> {
  const container = containers.find(({ service }) => service === snapshot.migrations?.container);
  return container && (await docker().getContainer(container.id).inspect()).Image;
}
