import { concludeFailure, concludeSuccess } from "./conclude";
import { dataBackOfRollout, NoWayBackError } from "./data-back";
import { dataChangeOf, withDataChange } from "./data-change";
import { failedWayBack } from "./degraded";
import { projectDescription } from "./description";
import { docker } from "./docker";
import { GatewayShell } from "./gateway-shell";
import { endLeftHold } from "./hold-writers";
import { wishOf } from "./intent";
import type { Layout } from "./layout";
import { isHeld } from "./left-held";
import { withLock } from "./lock";
import type { Log } from "./log";
import { readManifest } from "./manifest";
import { UnhealthyError, untilHealthy } from "./probe";
import { promisedFindings } from "./promised";
import {
  isHeldAway,
  keptHold,
  type LiveRelease,
  type ProjectRecord,
  readRecord,
  routesSha256,
  withHostOf,
  writeRecord,
} from "./record";
import { endHold } from "./release-hold";
import type { Intent, ProjectDescription, ReleaseContainer, RolloutRequest } from "./requests";
import type { SchemaRecord } from "./schema";
import { runSmokeTests, SmokeTestError } from "./smoke-test";
import { sweepLeftovers } from "./sweep-orphans";
import { switchBack } from "./switch-back";
import { ConfirmedSwitchError, switchTo, switchTraffic } from "./switch-traffic";
import { verifyAfterSwitch } from "./verify-after-switch";
import { holdWatch } from "./watch/hold-watch";
import { readWatch } from "./watch/watch-file";
import { handOverWorkers, takeBackWorkers } from "./worker-handover";
import { workersOf } from "./workers";

/** Longest wait for another command of the same project, in seconds. */
const LOCK_WAIT_SECONDS = 900;

/** A release could not be brought into service; the message says which one serves. */
export class RolloutError extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = "RolloutError";
  }
}

export interface RolloutResult {
  project: string;
  release: string;
  version: string;
  /** The release that served before, where there was another. */
  previous?: string;
  /** Whether the host still watches over it. */
  watched: boolean;
}

/**
 * Brings a release that runs already into service: probes it until healthy, runs its smoke tests, switches the gateway,
 * confirms the switch through the gateway, and watches over it. Before the switch a failure changes nothing; after it
 * traffic goes back to the release before. Run again for a release that serves, it only makes sure of it.
 */
export async function rollout(
  layout: Layout,
  log: Log,
  wanted: RolloutRequest,
  intended: Intent | undefined,
): Promise<RolloutResult> {
  const { project, release } = wanted;
  const { version } = wanted.config;
  const began = performance.now();
  const description = await projectDescription(layout, project);
  const way = { description, gateway: wanted.gateway };
  const attempt = { project, release, version, config: wanted.config, intent: wishOf(intended), began };
  const lock = layout.project(project);
  let before: ProjectRecord | "held";
  try {
    before = await withLock(lock, `rollout ${project} ${release}`, LOCK_WAIT_SECONDS, () =>
      bringIntoService(layout, log, wanted, description, intended),
    );
  } catch (cause) {
    const error = cause instanceof NoWayBackError ? await refusal(layout, log, wanted, cause) : (cause as Error);
    await concludeFailure(layout, log, attempt, { result: "failed", reason: error.message });
    throw error;
  }
  if (before === "held") return { project, release, version, watched: false };
  const moved = before.live?.release !== release;
  // A run that was killed after its switch has looked at nothing yet.
  const isNew = moved || !(await isConcluded(layout, project, release));
  const previous = isNew ? (moved ? before.live : before.standby)?.release : undefined;
  const watch = await readWatch(layout, project);
  const watched = isNew || (watch?.release === release && watch.state === "running");
  const kept = { goesOn: false };
  try {
    // Its guard may be at it already: a release that nobody reaches is not looked at.
    if (await isHeld(layout, project)) {
      await withLock(lock, `rollout ${project} ${release}`, LOCK_WAIT_SECONDS, () => endLeftHold(layout, log, way));
    }
    if (isNew) await verifyAfterSwitch(layout, log, project);
    if (watched) kept.goesOn = await holdWatch(layout, log, wanted, description);
  } catch (error) {
    const reason = (error as Error).message;
    const { wentBack, serving } = await switchBack(layout, log, { ...way, failed: release, reason });
    await concludeFailure(layout, log, attempt, { result: wentBack ? "rolled back" : "failed", reason });
    throw new RolloutError(`${project}: release ${release} (${version}): ${reason}; ${serving}`, error);
  }
  if (!(await isConcluded(layout, project, release)))
    await concludeSuccess(layout, log, attempt, description, previous);
  await endHold(layout, log, { project, release });
  await sweepLeftovers(log, wanted);
  return { project, release, version, ...(previous && { previous }), watched: kept.goesOn };
}

/**
 * What serves keeps the traffic, with all its rows, until somebody decides. The project is degraded where that release
 * failed, or a run was killed after the switch to it; with one that was concluded nothing is wrong.
 */
async function refusal(
  layout: Layout,
  log: Log,
  { project, release, config: { version } }: RolloutRequest,
  error: NoWayBackError,
): Promise<RolloutError> {
  const { live } = await readRecord(layout, project);
  if (live && (await isConcluded(layout, project, live.release))) {
    const serving = `${live.version} (release ${live.release}) still serves`;
    const text = `going back to ${version} (release ${release}) failed: ${error.message}; ${serving}`;
    return new RolloutError(`${project}: ${text}`, error);
  }
  const { text } = await failedWayBack(layout, log, { project, target: { release, version }, error });
  return new RolloutError(`${project}: ${text}`, error);
}

/** A run that was killed after its switch is concluded by the next one. */
async function isConcluded(layout: Layout, project: string, release: string): Promise<boolean> {
  return (await readManifest(layout, project)).current_deployment?.release === release;
}

/** Resolves with the record as it was before; `held` where traffic was taken from this release and stays so. */
async function bringIntoService(
  layout: Layout,
  log: Log,
  wanted: RolloutRequest,
  description: ProjectDescription,
  intended: Intent | undefined,
): Promise<ProjectRecord | "held"> {
  const { project, gateway, containers } = wanted;
  await endLeftHold(layout, log, { description, gateway });
  const before = await readRecord(layout, project);
  if (isHeldAway(before, wanted.release)) {
    // An edit that needs no new release runs this, too; its domain counts for what serves.
    const { live, held } = before;
    log.warn(`${project}: traffic stays on release ${live.release}: ${held.text}`);
    await writeRecord(layout, project, { ...before, live: withHostOf(description, live) });
    return "held";
  }
  const to = liveRelease(wanted, before);
  // A person may want an older release on the database as it is.
  const wayBack = () => (intended?.keepsData ? undefined : dataBackOfRollout(layout, log, description, before, to));
  const change = (await dataChangeOf(layout, log, wanted, description, to, before)) ?? (await wayBack());
  const bring = (schema = before.schema) =>
    passAndSwitch(layout, log, wanted, { before, to, schema, isHeld: change !== undefined });
  if (change) await withDataChange(layout, log, { description, gateway, containers }, change, bring);
  else await bring();
  return before;
}

interface Move {
  before: ProjectRecord;
  to: LiveRelease;
  /** As it is with this release. */
  schema: SchemaRecord | undefined;
  /** The data changed with it: until that is taken back, the workers of the release before must not work. */
  isHeld: boolean;
}

async function passAndSwitch(
  layout: Layout,
  log: Log,
  wanted: RolloutRequest,
  { before, to, schema, isHeld }: Move,
): Promise<ProjectRecord> {
  const { project, release, gateway, network } = wanted;
  const stillServing = before.live
    ? `release ${before.live.release} (${before.live.version}) still serves`
    : "no release of it serves yet";
  const returning = isHeld ? undefined : before.live;
  // Open by the time that the release has passed.
  using shell = before.live?.release !== release ? GatewayShell.open(gateway.container) : undefined;
  let marked: ProjectRecord;
  try {
    await passGates(log, wanted);
    marked = await handOver(layout, wanted, before, returning);
  } catch (error) {
    if (error instanceof UnhealthyError || error instanceof SmokeTestError)
      for (const line of error.logLines) log.error(`  | ${line}`);
    throw new RolloutError(`${project}: release ${release}: ${(error as Error).message}; ${stillServing}`, error);
  }
  const settled = (record: ProjectRecord): ProjectRecord => ({
    ...record,
    serial: Math.max(before.serial, wanted.epoch),
    held: keptHold(before, release),
    ...(schema && { schema }),
    standby: before.live && before.live.release !== release ? before.live : before.standby,
  });
  const purpose = `rollout ${project} ${release}`;
  const record = await switchTraffic(
    layout,
    { project, to, gateway, purpose, ...(shell && { shell }) },
    marked,
    settled,
  ).catch(async (error) => {
    if (error instanceof ConfirmedSwitchError) throw error;
    if (before.live?.release !== release) await takeBackWorkers(wanted.containers, returning, network);
    if (marked !== before) await writeRecord(layout, project, before);
    throw error;
  });
  log.info(`${project}: traffic goes to release ${release} (${to.version})`);
  return record;
}

/**
 * Workers change before the traffic does. The record says so first, for a run that is killed in between leaves the
 * workers of the live release stopped: the next one, of whatever release, has something to settle. `returning`: whose
 * workers work again where it fails. Resolves with the record that `before` has become.
 */
async function handOver(
  layout: Layout,
  { project, release, containers, network }: RolloutRequest,
  before: ProjectRecord,
  returning: LiveRelease | undefined,
): Promise<ProjectRecord> {
  const { live, standby, switching } = before;
  const others = [live, standby].flatMap((other) => other?.containers ?? []).concat(switching?.workers ?? []);
  const workers = workersOf(containers);
  if (workers.length === 0 && workersOf(others).length === 0) return before;
  const marked = { ...before, switching: { ...switchTo(release, before), workers } };
  await writeRecord(layout, project, marked);
  try {
    await handOverWorkers(containers, others, network);
  } catch (error) {
    await takeBackWorkers(containers, returning, network);
    await writeRecord(layout, project, before);
    throw error;
  }
  return marked;
}

async function passGates(log: Log, wanted: RolloutRequest): Promise<void> {
  const { project, release, config, containers, network } = wanted;
  const listening = containers.filter(({ port }) => port !== undefined);
  const [limited] = await Promise.all([
    limitProcesses(containers),
    ...listening.map((container) => untilHealthy(container, network)),
  ]);
  for (const outcome of limited) if (outcome.status === "rejected") throw outcome.reason;
  log.info(`${project}: release ${release} (${config.version}) is healthy`);
  const broken = await promisedFindings(containers, config.snapshot.promised);
  if (broken.length > 0) throw new Error(broken.join("; "));
  await runSmokeTests(config.snapshot.smokeTests, containers, network, log);
}

function liveRelease(wanted: RolloutRequest, before: ProjectRecord): LiveRelease {
  const { release, config, containers, routes, host } = wanted;
  return {
    ...config,
    release,
    containers,
    routes,
    ...(host !== undefined && { host }),
    since: before.live?.release === release ? before.live.since : new Date().toISOString(),
    routesSha256: routesSha256(routes),
  };
}

/**
 * Docker's provider has no argument for it; an update of a running container costs a few milliseconds. One that has
 * ended cannot be updated: why it ended is for its probe to say.
 */
function limitProcesses(containers: ReleaseContainer[]): Promise<PromiseSettledResult<unknown>[]> {
  return Promise.allSettled(containers.map(({ id, pids }) => docker().getContainer(id).update({ PidsLimit: pids })));
}
