import { platformDescription, projectDescription } from "./description";
import { docker } from "./docker";
import type { Edit } from "./generation";
import { type HeldProject, letGoEdit, whileHeld } from "./hold-writers";
import type { Layout } from "./layout";
import type { Log } from "./log";
import { rememberMigrated } from "./migrated";
import type { LiveRelease, ProjectRecord, SchemaRecord } from "./record";
import { currentRevision, migrateRelease } from "./release-migration";
import type { ProjectDescription, ReleaseContainer, RolloutRequest } from "./requests";
import type { PreparedRestore } from "./restore/prepared-restore";
import type { SwapResult } from "./restore/swap-database";

/** What changes the data together with the switch, and can take it back while nobody writes. */
export interface DataChange {
  /** For the log. */
  what: string;
  /** Resolves with the schema as it is then, where it tells. */
  apply(): Promise<SchemaRecord | undefined>;
  undo(): Promise<void>;
  /** After the switch is confirmed. */
  settle(): Promise<void>;
}

/**
 * Brings a release into service together with a change of its data, as one step in which nobody writes: the change, the
 * gates, the switch, which lets the project go again. What fails is taken back before anybody writes again, so that no
 * acknowledged row is lost.
 */
export async function withDataChange(
  layout: Layout,
  log: Log,
  { description, gateway, containers }: HeldProject & { containers: ReleaseContainer[] },
  change: DataChange,
  bring: (edit: Edit, schema: SchemaRecord | undefined) => Promise<ProjectRecord>,
): Promise<ProjectRecord> {
  const { project } = description;
  return whileHeld(layout, log, { description, gateway }, async () => {
    log.info(`${project}: ${change.what}`);
    const schema = await change.apply();
    try {
      await restartListening(containers);
      const record = await bring(letGoEdit(project), schema);
      await change.settle();
      return record;
    } catch (error) {
      await change.undo();
      throw error;
    }
  });
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
  { project, restore }: RolloutRequest,
  description: ProjectDescription,
  target: LiveRelease,
  before: ProjectRecord,
): Promise<DataChange | undefined> {
  if (!restore) return undefined;
  const { readPrepared } = await import("./restore/prepared-restore");
  const prepared = await readPrepared(layout, project);
  if (prepared?.nonce !== restore.nonce) return undefined;
  return swapOf(layout, log, prepared, description, target, before);
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
  const [{ forgetPrepared }, { swapBack, swapDatabase }, { postgres }] = await Promise.all([
    import("./restore/prepared-restore"),
    import("./restore/swap-database"),
    platformDescription(layout),
  ]);
  let swapped: Awaited<ReturnType<typeof swapDatabase>> | undefined;
  return {
    what: `the database of ${prepared.backup} takes the place of ${database}`,
    async apply() {
      const { databasesBeside } = await import("./restore/fresh-database");
      const waits = (await databasesBeside(postgres, database, ["restore"])).includes(prepared.database);
      // It is not there where a run was killed after the swap: that is then done.
      if (waits) swapped = await swapDatabase(postgres, log, database, prepared.database);
      const head = await headOf(before, target);
      const revision = prepared.schemaRevision;
      const isOlder = head !== undefined && head !== revision;
      if (isOlder) await migrateRelease(log, { project, network, release: target }, "upgrade");
      return before.schema && { ...before.schema, revision: isOlder ? head : revision };
    },
    async undo() {
      if (swapped) await swapBack(postgres, log, swapped);
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
  if (head !== undefined && before.schema && head !== before.schema.revision) return undefined; // An older release.
  const of = { project, network: description.network, release: target };
  let backup: string | undefined;
  const undo = async () => {
    if (backup === undefined) return;
    log.warn(`${project}: the database goes back to ${backup}, from before the migration; nobody has written since`);
    await restoreBackup(layout, log, project, backup);
  };
  return {
    what: `${migrations.upgrade.join(" ")}, with which the release before does not work`,
    async apply() {
      const { backupProject } = await import("./backup/backup-project");
      const wish = { project, type: "safety", by: "rollout", lockWaitSeconds: 900 } as const;
      backup = (await backupProject(layout, log, wish)).backup_id;
      try {
        await migrateRelease(log, of, "upgrade", backup);
      } catch (error) {
        await undo();
        throw error;
      }
      const revision = await currentRevision(of);
      const { databaseMoment } = await import("./backup/rows-changed");
      const moment = await databaseMoment(layout, project);
      await rememberMigrated(layout, project, { release: target.release, backup, ...(moment && { moment }) });
      return schemaAt(before, await imageOf(target), revision);
    },
    undo,
    settle: async () => undefined,
  };
}

/** A backup's database put in place, while nobody has written since. */
export function restoreChange(
  layout: Layout,
  log: Log,
  project: string,
  backup: string,
  schema: SchemaRecord,
): DataChange {
  let swapped: SwapResult | undefined;
  return {
    what: `the database goes back to ${backup}; no row was written since`,
    async apply() {
      swapped = await restoreBackup(layout, log, project, backup);
      return schema;
    },
    async undo() {
      const { swapBack } = await import("./restore/swap-database");
      if (swapped) await swapBack((await platformDescription(layout)).postgres, log, swapped);
    },
    settle: async () => undefined,
  };
}

/** Puts a backup's database in place, verified first; the replaced one is kept. */
export async function restoreBackup(
  layout: Layout,
  log: Log,
  project: string,
  backup: string,
): Promise<SwapResult | undefined> {
  const [{ findBackup }, { prepareRestore }, { swapDatabase }] = await Promise.all([
    import("./restore/find-backup"),
    import("./restore/prepare-restore"),
    import("./restore/swap-database"),
  ]);
  const [{ postgres }, { database }] = await Promise.all([
    platformDescription(layout),
    projectDescription(layout, project),
  ]);
  if (database === undefined) return undefined;
  const fresh = await prepareRestore(layout, log, project, await findBackup(layout, project, backup));
  return swapDatabase(postgres, log, database, fresh.database);
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

function schemaAt({ schema }: ProjectRecord, image: string | undefined, revision: string): SchemaRecord {
  return { revision, heads: { ...schema?.heads, ...(image !== undefined && { [image]: revision }) } };
}
