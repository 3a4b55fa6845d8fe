import { request } from "node:http";
import { changeGateway } from "./change-gateway";
import { docker } from "./docker";
import { currentFiles, type Edit } from "./generation";
import type { Layout } from "./layout";
import { withLock } from "./lock";
import type { Log } from "./log";
import { UnhealthyError, untilHealthy } from "./probe";
import { type ProjectRecord, readRecord, routesSha256, writeRecord } from "./record";
import type { RolloutRequest } from "./requests";
import { runSmokeTests, SmokeTestError } from "./smoke-test";
import { sweepOrphans } from "./sweep-orphans";

/** Longest wait for another command of the same project, in seconds. */
const LOCK_WAIT_SECONDS = 900;
/** Longest wait until the gateway answers with the new release, in seconds. */
const CONFIRM_SECONDS = 10;
/** Answers of the new release in a row, each on a connection of its own, that confirm a switch. */
const CONFIRMING_ANSWERS = 3;

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
}

/**
 * Brings a release that runs already into service: probes it until healthy, runs its smoke tests, switches the gateway,
 * and confirms the switch through the gateway. Before the switch a failure changes nothing; a switch that is not confirmed is taken
 * back. Run again for a release that serves, it only makes sure of it.
 */
export async function rollout(layout: Layout, log: Log, wanted: RolloutRequest): Promise<RolloutResult> {
  const { project, release, version } = wanted;
  return withLock(layout.project(project), `rollout ${project} ${release}`, LOCK_WAIT_SECONDS, async () => {
    const before = await readRecord(layout, project);
    const previous = before.live && before.live.release !== release ? before.live : undefined;
    const stillServing = before.live
      ? `release ${before.live.release} (${before.live.version}) still serves`
      : "no release of it serves yet";
    try {
      const limited = await limitProcesses(wanted);
      await Promise.all(wanted.containers.map((container) => untilHealthy(container, wanted.network)));
      for (const outcome of limited) if (outcome.status === "rejected") throw outcome.reason;
      log.info(`${project}: release ${release} (${version}) is healthy`);
      await runSmokeTests(wanted.smokeTests, wanted.containers, wanted.network, log);
    } catch (error) {
      if (error instanceof UnhealthyError || error instanceof SmokeTestError)
        for (const line of error.logLines) log.error(`  | ${line}`);
      throw new RolloutError(`${project}: release ${release}: ${(error as Error).message}; ${stillServing}`, error);
    }
    await switchTraffic(layout, log, wanted, before);
    const orphans = await sweepOrphans(wanted.labels, wanted.containers);
    if (orphans.length > 0) log.info(`${project}: removed what a killed run had left: ${orphans.join(", ")}`);
    return { project, release, version, ...(previous && { previous: previous.release }) };
  });
}

/**
 * Docker's provider has no argument for it; an update of a running container costs a few milliseconds. One that has
 * ended cannot be updated: why it ended is for its probe to say.
 */
function limitProcesses({ containers }: RolloutRequest): Promise<PromiseSettledResult<unknown>[]> {
  return Promise.allSettled(containers.map(({ id, pids }) => docker().getContainer(id).update({ PidsLimit: pids })));
}

async function switchTraffic(layout: Layout, log: Log, wanted: RolloutRequest, before: ProjectRecord): Promise<void> {
  const { project, release, version, gateway } = wanted;
  const paths = routePaths(project);
  const [upstreams, locations] = await currentFiles(layout, [paths.upstreams, paths.locations]);
  const takeBack: Edit = { [paths.upstreams]: upstreams, [paths.locations]: locations };
  const purpose = `rollout ${project} ${release}`;
  const from = before.live?.release;
  const begun = { ...before, switching: { to: release, at: new Date().toISOString(), ...(from && { from }) } };
  let switched: Awaited<ReturnType<typeof changeGateway>>;
  try {
    switched = await changeGateway(
      layout,
      gateway.container,
      purpose,
      { [paths.upstreams]: wanted.routes.upstreams, [paths.locations]: wanted.routes.locations },
      { beforeSwap: () => writeRecord(layout, project, begun) },
    );
    await confirm(wanted);
  } catch (error) {
    await changeGateway(layout, gateway.container, `${purpose}, taken back`, takeBack);
    await writeRecord(layout, project, before);
    const serving = from ? `release ${from} serves` : "no release of it serves";
    throw new RolloutError(
      `${project}: traffic could not be switched to ${release}: ${(error as Error).message}; ${serving}`,
      error,
    );
  }
  await writeRecord(layout, project, {
    ...before,
    switching: undefined,
    serial: Math.max(before.serial, wanted.epoch),
    live: {
      release,
      version,
      containers: wanted.containers,
      smokeTests: wanted.smokeTests,
      snapshot: wanted.snapshot,
      images: wanted.images,
      routes: wanted.routes,
      ...(wanted.host !== undefined && { host: wanted.host }),
      since: before.live?.release === release ? before.live.since : new Date().toISOString(),
      routesSha256: routesSha256(wanted.routes),
    },
    drainingWorkers: switched.changed ? switched.oldWorkers : before.drainingWorkers,
  });
  log.info(`${project}: traffic goes to release ${release} (${version})`);
}

export function routePaths(project: string): { upstreams: string; locations: string } {
  return { upstreams: `routes/${project}/upstreams.conf`, locations: `routes/${project}/locations.conf` };
}

/**
 * New connections reach the new workers: the release header says so several times in a row. A worker with the old
 * configuration can carry the same release, but for containers that are gone; its answer is an error of the gateway.
 */
async function confirm({ gateway, host, release }: RolloutRequest): Promise<void> {
  if (host === undefined) return;
  const deadline = Date.now() + CONFIRM_SECONDS * 1000;
  let seen = "no answer";
  for (let inARow = 0; inARow < CONFIRMING_ANSWERS; ) {
    if (Date.now() > deadline) {
      throw new Error(
        `after ${CONFIRM_SECONDS} s the gateway at ${gateway.address}:${gateway.port} still answers with ${seen}`,
      );
    }
    seen = await servedRelease(gateway.address, gateway.port, host);
    inARow = seen === `release ${release}` ? inARow + 1 : 0;
    if (inARow === 0) await new Promise((done) => setTimeout(done, 5));
  }
}

function servedRelease(address: string, port: number, host: string): Promise<string> {
  return new Promise((done) => {
    const attempt = request({ host: address, port, path: "/healthz", agent: false, headers: { host } }, (answer) => {
      answer.resume();
      const header = answer.headers["x-slipway-release"];
      const status = answer.statusCode ?? 0;
      answer.on("end", () => {
        if (header === undefined) return done(`status ${status} and no release`);
        done(status < 500 ? `release ${header}` : `status ${status} of release ${header}`);
      });
      answer.on("error", (error) => done(error.message));
    });
    attempt.setTimeout(2000, () => attempt.destroy(new Error("no answer within 2 s")));
    attempt.on("error", (error) => done(error.message));
    attempt.end();
  });
}
