import { untilWorkersGone } from "./gateway-workers";
import type { Layout } from "./layout";
import { withLock } from "./lock";
import type { Log } from "./log";
import { readRecord, writeRecord } from "./record";
import type { RetireRequest } from "./requests";

const LOCK_WAIT_SECONDS = 900;

/**
 * Lets a release go: refuses while traffic goes to it, then waits until no worker of the gateway from before the
 * last switch is left, so that requests in flight end, for `drainSeconds` at most.
 */
export async function retire(
  layout: Layout,
  log: Log,
  wanted: RetireRequest,
): Promise<{ release: string; drained: boolean }> {
  const { project, release } = wanted;
  return withLock(layout.project(project), `retire ${project} ${release}`, LOCK_WAIT_SECONDS, async () => {
    const record = await readRecord(layout, project);
    if (record.live?.release === release || record.switching?.to === release) {
      throw new Error(
        `${project}: release ${release} is not removed, traffic goes to it; ` +
          "deploy another release first, or remove the project from projects.yml and its releases from the stack's configuration",
      );
    }
    const drained = await untilWorkersGone(wanted.gateway.container, record.drainingWorkers, wanted.drainSeconds);
    if (!drained)
      log.warn(`${project}: connections older than ${wanted.drainSeconds} s were closed to drain release ${release}`);
    const { standby, ...rest } = record;
    const kept = standby && standby.release !== release ? { standby } : {};
    await writeRecord(layout, project, { ...rest, ...kept, drainingWorkers: [] });
    log.info(`${project}: release ${release} is drained`);
    return { release, drained };
  });
}
