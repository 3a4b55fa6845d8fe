import { recordWayBack } from "./conclude";
import { dataBackOf } from "./data-back";
import { withDataChange } from "./data-change";
import { failedWayBack } from "./degraded";
import { startContainer } from "./docker";
import { endLeftHold } from "./hold-writers";
import { whoami } from "./intent";
import type { Layout } from "./layout";
import { withLock } from "./lock";
import type { Log } from "./log";
import { type Held, keptHold, type LiveRelease, type ProjectRecord, readRecord, withHostOf } from "./record";
import type { GatewayRef, ProjectDescription } from "./requests";
import { switchTraffic } from "./switch-traffic";
import { verifyAfterSwitch } from "./verify-after-switch";
import { haveWorkersFollow } from "./worker-handover";

const LOCK_WAIT_SECONDS = 900;

export interface SwitchBack {
  description: ProjectDescription;
  gateway: GatewayRef;
  /** The release that has the traffic and should not. */
  failed: string;
  reason: string;
  /** Nobody is told by a failing command: the record says that traffic is held. Default false. */
  hold?: boolean;
}

export interface WayBack {
  /** Whether the failed release has the traffic no more. */
  wentBack: boolean;
  /** A sentence on what serves now. */
  serving: string;
}

/**
 * Sends traffic back to the release before, whose containers still run, and then looks at that one from all sides
 * (RB-09): what is not well there is told loudly, and undoes nothing. Never throws. What cannot be taken back goes on
 * serving (RB-12), and the project is degraded.
 */
export async function switchBack(layout: Layout, log: Log, wanted: SwitchBack): Promise<WayBack> {
  const { description, gateway, failed, reason } = wanted;
  const { project, deploy } = description;
  if (!deploy.automaticRollback) {
    log.warn(`${project}: automatic rollback is off (deploy.automaticRollback)`);
    const serving = `release ${failed} still has the traffic; to go back: slipway rollback ${project}`;
    return { wentBack: false, serving };
  }
  log.warn(`${project}: release ${failed} failed: ${reason}`);
  const began = performance.now();
  const tried: { from?: LiveRelease; target?: LiveRelease } = {};
  const record = async (to: LiveRelease, failure?: Error) =>
    recordWayBack(layout, {
      ...{ project, by: whoami(), from: tried.from, to, began, reason },
      ...(failure && { failure }),
    });
  try {
    const way = await withLock(layout.project(project), `switch back ${project}`, LOCK_WAIT_SECONDS, async () => {
      await endLeftHold(layout, log, { description, gateway });
      const before = await readRecord(layout, project);
      if (before.live?.release !== failed) {
        return { wentBack: true, serving: `release ${before.live?.release ?? "none"} serves` };
      }
      if (!before.standby) {
        log.error(`${project}: there is no release to go back to; ${failed} keeps the traffic`);
        return { wentBack: false, serving: `release ${failed} keeps the traffic, as there is none before it` };
      }
      const standby = withHostOf(description, before.standby);
      tried.from = before.live;
      tried.target = standby;
      await makeSureItIsThere(standby);
      const held: Held = {
        from: failed,
        to: standby.release,
        reason: "watch",
        text: `release ${failed} failed: ${reason}`,
        at: new Date().toISOString(),
      };
      const after = (record: ProjectRecord): ProjectRecord => ({
        ...record,
        standby: undefined,
        held: wanted.hold ? held : keptHold(record, standby.release),
      });
      const purpose = `switch back ${project} ${standby.release}`;
      const bring = (schema = before.schema) =>
        switchTraffic(layout, { project, to: standby, gateway, purpose }, before, (record) =>
          after({ ...record, ...(schema && { schema }) }),
        );
      const change = await dataBackOf(layout, log, description, before, standby);
      const { containers } = standby;
      const urgent = { description, gateway, containers, isUrgent: true };
      if (change) await withDataChange(layout, log, urgent, change, bring);
      else await bring();
      log.info(`${project}: traffic is back on release ${standby.release} (${standby.version})`);
      await haveWorkersFollow({ live: standby, from: before.live.containers, network: description.network });
      return { wentBack: true, serving: `release ${standby.release} (${standby.version}) serves again` };
    });
    if (tried.target) {
      await verifyAfterSwitch(layout, log, project);
      await record(tried.target);
    }
    return way;
  } catch (error) {
    const { target } = tried;
    if (target) {
      await record(target, error as Error);
      const { wentBack, text } = await failedWayBack(layout, log, { project, target, error: error as Error });
      return { wentBack, serving: text };
    }
    const serving =
      `release ${failed} keeps the traffic, since going back failed: ${(error as Error).message}; ` +
      `once that is mended: slipway rollback ${project}`;
    log.error(`${project}: ${serving}`);
    return { wentBack: false, serving };
  }
}

/** Before anything is sent there: one that was stopped is started, one that is gone is an error. */
async function makeSureItIsThere({ containers }: LiveRelease): Promise<void> {
  await Promise.all(containers.filter(({ port }) => port !== undefined).map(({ id }) => startContainer(id)));
}
