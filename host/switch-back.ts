import { dataBackOf } from "./data-back";
import { withDataChange } from "./data-change";
import type { Edit } from "./generation";
import type { Layout } from "./layout";
import { withLock } from "./lock";
import type { Log } from "./log";
import { type Held, type ProjectRecord, readRecord } from "./record";
import type { GatewayRef, ProjectDescription } from "./requests";
import { switchTraffic } from "./switch-traffic";
import { takeBackWorkers } from "./worker-handover";

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

/**
 * Sends traffic back to the release before, whose containers still run. Never throws: resolves with a sentence on what
 * serves now. What cannot be taken back goes on serving (RB-12).
 */
export async function switchBack(layout: Layout, log: Log, wanted: SwitchBack): Promise<string> {
  const { description, gateway, failed, reason } = wanted;
  const { project, deploy } = description;
  if (!deploy.automaticRollback) {
    log.warn(`${project}: automatic rollback is off (deploy.automaticRollback)`);
    return `release ${failed} still has the traffic; to go back: slipway rollback ${project}`;
  }
  log.warn(`${project}: release ${failed} failed: ${reason}`);
  try {
    return await withLock(layout.project(project), `switch back ${project}`, LOCK_WAIT_SECONDS, async () => {
      const before = await readRecord(layout, project);
      const target = before.standby;
      if (before.live?.release !== failed) return `release ${before.live?.release ?? "none"} serves`;
      if (!target) {
        log.error(`${project}: there is no release to go back to; ${failed} keeps the traffic`);
        return `release ${failed} keeps the traffic, as there is none before it`;
      }
      const held: Held = {
        from: failed,
        to: target.release,
        reason: "watch",
        text: `release ${failed} failed: ${reason}`,
        at: new Date().toISOString(),
      };
      const after = (record: ProjectRecord): ProjectRecord => ({
        ...record,
        standby: undefined,
        ...(wanted.hold && { held }),
      });
      const purpose = `switch back ${project} ${target.release}`;
      const bring = (edit: Edit = {}, schema = before.schema) =>
        switchTraffic(layout, { project, to: target, gateway, purpose, edit }, before, (record) =>
          after({ ...record, ...(schema && { schema }) }),
        );
      const change = await dataBackOf(layout, log, description, before, target);
      const { containers } = target;
      if (change) await withDataChange(layout, log, { description, gateway, containers }, change, bring);
      else await bring();
      log.info(`${project}: traffic is back on release ${target.release} (${target.version})`);
      await takeBackWorkers(before.live.containers, [target], description.network);
      return `release ${target.release} (${target.version}) serves again`;
    });
  } catch (error) {
    log.error(`${project}: going back failed, too: ${(error as Error).message}`);
    return (
      `release ${failed} keeps the traffic, since going back failed: ${(error as Error).message}; ` +
      `once that is mended: slipway rollback ${project}`
    );
  }
}
