import { changeGateway } from "./change-gateway";
import { recordFileEpoch } from "./file-epoch";
import { endLeftHold, letGoEdit } from "./hold-writers";
import type { Layout } from "./layout";
import { guardPurpose } from "./left-held";
import { LockedError, withLock } from "./lock";
import type { Log } from "./log";
import { forgetProjects } from "./metrics";
import { connectMembers, disconnectPlatform } from "./network-members";
import { readRecord, writeRecord } from "./record";
import type { AttachRequest, UnrouteRequest } from "./requests";
import { NO_ROUTES, routesEdit } from "./route-paths";
import { noSiteEdit, siteEdit, sitePath } from "./site-domains";

/** Longest wait for another command of the same project, in seconds. */
const LOCK_WAIT_SECONDS = 900;

/** Connects the platform's containers to a project's network and puts the project's own file into the gateway. */
export async function attach(layout: Layout, log: Log, wanted: AttachRequest): Promise<{ project: string }> {
  await connectMembers(wanted.network, wanted.members);
  const site = wanted.site === "" ? undefined : wanted.site;
  const purpose = `attach ${wanted.project}`;
  const path = sitePath(wanted.project);
  const edit = () => siteEdit(layout, wanted.project, site);
  const { changed } = await changeGateway(layout, wanted.gateway.container, purpose, edit);
  await recordFileEpoch(layout, path, wanted.epoch);
  const letGo = () => endLeftHold(layout, log, { description: wanted, gateway: wanted.gateway });
  await withLock(layout.project(wanted.project), guardPurpose(wanted.project), 0, letGo).catch((error) => {
    // Whoever works on the project lets it go.
    if (!(error instanceof LockedError)) throw error;
  });
  if (changed) log.info(`${wanted.project}: the gateway has its domains`);
  return { project: wanted.project };
}

/** The opposite; what is gone already is fine. */
export async function detach(layout: Layout, wanted: AttachRequest): Promise<{ project: string }> {
  const routes = { ...routesEdit(wanted.project, NO_ROUTES), ...letGoEdit(wanted.project) };
  const gone = { ...noSiteEdit(wanted.project), ...routes };
  await changeGateway(layout, wanted.gateway.container, `detach ${wanted.project}`, gone);
  await disconnectPlatform(wanted.network);
  return { project: wanted.project };
}

/**
 * Takes a project's release off the gateway before its containers go: its hosts get the page "not deployed". What is
 * known of its traffic, and measured of it, goes with them, so that a later `up` starts anew. Waits for a rollout that
 * goes on without its caller: that would bring all of it back.
 */
export async function unroute(layout: Layout, log: Log, wanted: UnrouteRequest): Promise<{ project: string }> {
  const { project, gateway } = wanted;
  return withLock(layout.project(project), `unroute ${project}`, LOCK_WAIT_SECONDS, async () => {
    const gone = routesEdit(project, NO_ROUTES);
    const { oldWorkers } = await changeGateway(layout, gateway.container, `unroute ${project}`, gone);
    const { live, standby, held, degraded, switching, ...kept } = await readRecord(layout, project);
    await writeRecord(layout, project, { ...kept, serial: kept.serial + 1, drainingWorkers: oldWorkers });
    await forgetProjects(layout, [project]);
    log.info(`${project}: taken off the gateway`);
    return { project };
  });
}
