import type { Layout } from "./layout";
import { withLock } from "./lock";
import type { Log } from "./log";
import { readRecord, writeRecord } from "./record";

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
