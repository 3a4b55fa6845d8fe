import { type DataChange, headOf, restoreChange } from "./data-change";
import { openJournal } from "./data-journal";
import { ifThere } from "./docker";
import type { Layout } from "./layout";
import type { Log } from "./log";
import { migratedFor } from "./migrated";
import type { LiveRelease, ProjectRecord } from "./record";
import { currentRevision, migrateRelease } from "./release-migration";
import type { ProjectDescription } from "./requests";
import { isAfter, isBefore, type SchemaRecord, suits, takenBackTo } from "./schema";

/** Going back would lose rows or end with a release that cannot work with the database: it is left to people. */
export class NoWayBackError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "NoWayBackError";
  }
}

/**
 * What an automatic way back does about the database. Nothing, unless the release that failed had a migration with which
 * the one before does not work (`migrations.compatible: false`), or the project says `database: restore`: then the
 * declared downgrade, else the backup from before the migration, which is never put over rows written since.
 */
export async function dataBackOf(
  layout: Layout,
  log: Log,
  description: ProjectDescription,
  record: ProjectRecord,
  target: LiveRelease,
): Promise<DataChange | undefined> {
  const { project, network, deploy } = description;
  const { live, schema } = record;
  const head = await headOf(record, target);
  if (!live || !schema || head === undefined || head === schema.revision) return undefined;
  if (isAfter(schema, head)) {
    refuseForward(live, schema, target, await ifThere(headOf(record, live)));
    return undefined;
  }
  const { migrations } = live.snapshot;
  if (migrations?.compatible !== false) {
    if (deploy.database === "restore") {
      log.warn(
        `${project}: the database stays at ${schema.revision}: writers were not held, so a restore could lose rows`,
      );
    }
    return undefined;
  }
  if (migrations.downgrade) {
    const of = { project, network, release: live };
    return {
      what: migrations.downgrade.join(" "),
      async apply() {
        await openJournal(layout, project, { upgrade: true });
        await migrateRelease(log, of, "downgrade");
        const reached = takenBackTo(schema, await currentRevision(of));
        // Without the command that tells, nothing is known; and what served before went on with what it was on.
        const isChecked = migrations.current !== undefined && record.standby?.release !== target.release;
        if (isChecked) refuseUnfit(reached, head, target, "after its downgrade the database is");
        return reached;
      },
    };
  }
  return backupPutBack(layout, log, project, { live, schema, target, head });
}

/**
 * After a rollback that took the database back, what is beside the live release is the newer one: nothing of the data leads
 * there. Throws, unless what serves is not known to work with the database either. Without `migrations.current` nothing is
 * known of either.
 */
function refuseForward(live: LiveRelease, schema: SchemaRecord, target: LiveRelease, liveHead?: string): void {
  if (liveHead !== schema.revision) return;
  throw new NoWayBackError(
    `the database is at ${schema.revision}, which ${live.version} was made for, and ${target.version} was not`,
  );
}

/** Throws where a release would be put on a revision that is not its own and that it is not known to work with. */
function refuseUnfit(reached: SchemaRecord, head: string, { version }: LiveRelease, what: string): void {
  if (reached.revision === head || suits(reached, head)) return;
  const at = reached.revision === "" ? "at no revision" : `at ${reached.revision}`;
  throw new NoWayBackError(
    `its migration cannot be taken back by itself: ${what} ${at}, which ${version} is not known to work with`,
  );
}

interface Step {
  live: LiveRelease;
  schema: SchemaRecord;
  target: LiveRelease;
  /** Of the target. */
  head: string;
}

/** The database of the backup from before the live release's migration takes its place again. */
async function backupPutBack(
  layout: Layout,
  log: Log,
  project: string,
  { live, schema, target, head }: Step,
): Promise<DataChange> {
  const migrated = await migratedFor(layout, project, live.release);
  const noWayBack = (changed: string[]) =>
    new NoWayBackError(
      `its migration cannot be taken back by itself: rows were written since (${changed.join(", ")}), and there is no ` +
        `migrations.downgrade; to lose them: slipway rollback ${project} --database restore --backup ${migrated?.backup ?? "ID"}`,
    );
  const { moment } = migrated ?? {};
  if (!migrated || !moment) throw noWayBack(["all"]);
  const { findBackup } = await import("./restore/find-backup");
  const { entry } = await findBackup(layout, project, migrated.backup, { evenSuspicious: true });
  // Of one migration only: a target from further back may not work with what was there before that.
  const reached = takenBackTo(schema, entry.schema_revision);
  // What served then served on it, whatever is known of that.
  if (entry.release !== target.release) refuseUnfit(reached, head, target, "the backup from before it is");
  const refuseWhereWritten = async () => {
    const { rowsChangedSince } = await import("./backup/rows-changed");
    const changed = await rowsChangedSince(layout, project, moment);
    if (changed.length > 0) throw noWayBack(changed);
  };
  await refuseWhereWritten();
  const change = restoreChange(layout, log, project, migrated.backup, reached);
  return {
    ...change,
    async apply() {
      // Somebody may have written while the tables were looked through; now nobody does.
      await refuseWhereWritten();
      return change.apply();
    },
  };
}

/**
 * The same for a rollout, which is a way back, too, where its release is of an earlier schema revision: the one that
 * serves failed and kept the traffic, a run was killed after the switch to it, or the configuration went back.
 *
 * Only what the live release itself brought the database to is taken back: the configuration may say
 * `compatible: false` of the next migration by now, and a downgrade does not know a later revision than its own.
 */
export async function dataBackOfRollout(
  layout: Layout,
  log: Log,
  description: ProjectDescription,
  record: ProjectRecord,
  target: LiveRelease,
): Promise<DataChange | undefined> {
  const { live, schema } = record;
  if (!schema || live?.release === target.release || live?.snapshot.migrations?.compatible !== false) return undefined;
  const head = await headOf(record, target);
  // What was made for a later revision has been migrated to it by now.
  if (head === undefined || !isBefore(schema, head, schema.revision) || suits(schema, head)) return undefined;
  const liveHead = await ifThere(headOf(record, live));
  if (liveHead === schema.revision) return dataBackOf(layout, log, description, record, target);
  // What serves is not known to work with the database either, or is gone: with the target nothing gets worse.
  if (liveHead === undefined || !suits(schema, liveHead)) return undefined;
  throw new NoWayBackError(
    `the database is at ${schema.revision}, which release ${live.release} works with, ` +
      `and ${target.version} is not known to`,
  );
}
