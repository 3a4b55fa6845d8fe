import type { RecordedRelease } from "../config/stack-config";
import { concludeSuccess, recorded } from "./conclude";
import { ContractError } from "./contract-error";
import { platformDescription, projectDescription } from "./description";
import { docker } from "./docker";
import type { Layout } from "./layout";
import { withLock } from "./lock";
import type { Log } from "./log";
import { untilHealthy } from "./probe";
import { type Held, type LiveRelease, type ProjectRecord, readRecord } from "./record";
import type { ProjectDescription, RollbackRequest } from "./requests";
import { switchTraffic } from "./switch-traffic";
import { handOverWorkers } from "./worker-handover";

const LOCK_WAIT_SECONDS = 60;
/** Exit code of the script contract (SC-04). */
const VERSION_NOT_FOUND = 2;
/** A standby runs already: it answers at once or is not well, in seconds. */
const STANDBY_DEADLINE_SECONDS = 10;

export interface RollbackResult {
  project: string;
  from: string;
  to: string;
  version: string;
  /** With which the stack's file names both. */
  live: RecordedRelease;
  standby: RecordedRelease;
}

/**
 * Moves traffic back to the release before, whose containers still run: one switch, with nothing but this host. The
 * record says that it is held there until the configuration follows. Throws `ContractError` 2 for a version that is no
 * standby here, and leaves everything as it is when the standby is not well.
 */
export async function rollback(layout: Layout, log: Log, wanted: RollbackRequest): Promise<RollbackResult> {
  const { project, version, by } = wanted;
  const began = performance.now();
  const [description, { gateway }] = await Promise.all([
    projectDescription(layout, project),
    platformDescription(layout),
  ]);
  const { from, to } = await withLock(layout.project(project), `rollback ${project}`, LOCK_WAIT_SECONDS, async () => {
    const before = await readRecord(layout, project);
    const { live, standby } = before;
    const target = targetOf(project, version, standby);
    if (!live) throw new ContractError(`${project}: nothing of it serves; deploy a release`, 1);
    await makeSureItRuns(target, description);
    const held: Held = {
      ...{ from: live.release, to: target.release, reason: "operator", at: new Date().toISOString() },
      text: `${by} went back from ${live.version} to ${target.version} on the host`,
    };
    const after = (record: ProjectRecord): ProjectRecord => ({ ...record, standby: live, held });
    const purpose = `rollback ${project} ${target.release}`;
    await switchTraffic(layout, { project, to: target, gateway, purpose }, before, after);
    log.info(`${project}: traffic goes to release ${target.release} (${target.version})`);
    await handOverWorkers(target.containers, [live], description.network);
    return { from: live, to: target };
  });
  const intent = { operation: "rollback" as const, force: false, skipBackup: false, by, gitSha: "" };
  const attempt = { project, release: to.release, version: to.version, config: recorded(to), intent, began };
  await concludeSuccess(layout, log, attempt, description, `${from.version} (${from.release})`);
  return {
    project,
    from: from.release,
    to: to.release,
    version: to.version,
    live: recorded(to),
    standby: recorded(from),
  };
}

function targetOf(project: string, version: string | undefined, standby: LiveRelease | undefined): LiveRelease {
  const isWanted = standby && (version === undefined || [standby.version, standby.release].includes(version));
  if (isWanted) return standby;
  const known = standby ? `the standby here is ${standby.version} (${standby.release})` : "there is no standby here";
  throw new ContractError(
    `${project}: ${version ?? "a release before"} is not running on this host: ${known}; ` +
      "further back goes `slipway rollback` where the repository is, which starts containers from kept images",
    VERSION_NOT_FOUND,
  );
}

/** A standby whose containers were stopped, by hand or with the host, is started again. */
async function makeSureItRuns({ containers }: LiveRelease, { network }: ProjectDescription): Promise<void> {
  await Promise.all(
    containers
      .filter(({ port }) => port !== undefined)
      .map(async (container) => {
        await docker()
          .getContainer(container.id)
          .start()
          .catch((error: { statusCode?: number }) => {
            const isRunning = error.statusCode === 304;
            if (!isRunning) throw error;
          });
        const health = { ...container.health, deadlineSeconds: STANDBY_DEADLINE_SECONDS };
        await untilHealthy({ ...container, health }, network);
      }),
  );
}
