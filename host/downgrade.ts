import { backupLock } from "./backup/backup-index";
import { ContractError } from "./contract-error";
import { projectDescription } from "./description";
import type { Layout } from "./layout";
import { withLock } from "./lock";
import type { Log } from "./log";
import { type LiveRelease, readRecord, writeRecord } from "./record";
import { currentRevision, migrateRelease } from "./release-migration";
import { takenBackTo } from "./schema";

const LOCK_WAIT_SECONDS = 900;
const FAILED = 1;

export interface Downgraded {
  /** What the project's `current` command printed; "" where it declares none. */
  from: string;
  to: string;
}

/**
 * Runs the live release's downgrade command once (MT-26), with its image and environment as its container has them. The
 * caller has taken a backup, whose id the message of a failure names. Traffic stays where it is.
 */
export async function downgrade(layout: Layout, log: Log, project: string, backup: string): Promise<Downgraded> {
  return withLock(layout.project(project), `downgrade ${project}`, LOCK_WAIT_SECONDS, async () => {
    const { network } = await projectDescription(layout, project);
    const record = await readRecord(layout, project);
    const live = withDowngrade(project, record.live);
    const of = { project, network, release: live };
    const from = await currentRevision(of);
    log.info(`${project}: ${live.snapshot.migrations?.downgrade?.join(" ")}`);
    // Until the record tells of it: a backup names the schema that the record has.
    const to = await withLock(backupLock(layout, project), `downgrade ${project}`, LOCK_WAIT_SECONDS, async () => {
      await migrateRelease(log, of, "downgrade", backup);
      const revision = await currentRevision(of);
      if (record.schema)
        await writeRecord(layout, project, { ...record, schema: takenBackTo(record.schema, revision) });
      return revision;
    });
    log.info(`${project}: the database is at ${to || "its first revision"}${from ? `, it was at ${from}` : ""}`);
    return { from, to };
  });
}

/** Throws where the project has no command for it, or nothing that it could run in. */
export async function refuseWithoutDowngrade(layout: Layout, project: string): Promise<void> {
  withDowngrade(project, (await readRecord(layout, project)).live);
}

function withDowngrade(project: string, live: LiveRelease | undefined): LiveRelease {
  const migrations = live?.snapshot.migrations;
  const container = live?.containers.find(({ service }) => service === migrations?.container);
  if (live && migrations?.downgrade && container) return live;
  const why = live ? `release ${live.release} declares no migrations.downgrade` : "no release of it is live";
  throw new ContractError(`${project} cannot be downgraded: ${why}`, FAILED);
}
