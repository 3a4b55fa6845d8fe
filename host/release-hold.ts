import type { Layout } from "./layout";
import { withLock } from "./lock";
import type { Log } from "./log";
import { type ProjectRecord, readRecord, writeRecord } from "./record";

const LOCK_WAIT_SECONDS = 60;

/** Lets the next `up` send traffic to the release that the configuration calls live, though it was taken from it. */
export async function releaseHold(
  layout: Layout,
  log: Log,
  { project }: { project: string },
): Promise<{ project: string }> {
  return withLock(layout.project(project), `release the hold of ${project}`, LOCK_WAIT_SECONDS, async () => {
    const { held, ...record } = await readRecord(layout, project);
    if (held) {
      await writeRecord(layout, project, record);
      log.info(`${project}: no longer held on release ${held.to}`);
    }
    return { project };
  });
}

/**
 * The rollout of a release is concluded: where traffic was taken from before it is past, and never comes back. A failure
 * is a warning: the release serves, and is well.
 */
export async function endHold(
  layout: Layout,
  log: Log,
  { project, release }: { project: string; release: string },
): Promise<void> {
  const isPast = ({ held, live }: ProjectRecord) => held !== undefined && live?.release === release;
  try {
    if (!isPast(await readRecord(layout, project))) return;
    await withLock(layout.project(project), `end the hold of ${project}`, LOCK_WAIT_SECONDS, async () => {
      const record = await readRecord(layout, project);
      if (isPast(record)) await writeRecord(layout, project, { ...record, held: undefined });
    });
  } catch (error) {
    log.warn(`${project}: what traffic was held from before is not forgotten: ${(error as Error).message}`);
  }
}
