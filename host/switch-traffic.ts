import { request } from "node:http";
import { changeGateway } from "./change-gateway";
import { CONFIRM_HEADER } from "./confirm-hold";
import { openChange } from "./data-journal";
import type { GatewayShell } from "./gateway-shell";
import { untilNoneAccepts } from "./gateway-workers";
import { currentFiles, type Edit } from "./generation";
import type { Layout } from "./layout";
import { holdToken } from "./left-held";
import { answerSeconds } from "./probe";
import { type LiveRelease, type ProjectRecord, type Switching, writeRecord } from "./record";
import { answerWithin } from "./request-deadline";
import type { GatewayRef } from "./requests";
import { routesEdit } from "./route-paths";
import { claimEdit } from "./site-domains";
import { workersOf } from "./workers";

/** Longest wait until the gateway answers with the new release, in seconds. */
const CONFIRM_SECONDS = 10;
/** What an answer may take at least, in seconds. */
const ANSWER_SECONDS = 2;
/** Answers of the new release in a row, each on a connection of its own, that confirm a switch. */
const CONFIRMING_ANSWERS = 3;

/** Traffic did not go where it should; it goes where it went before. */
export class SwitchError extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = "SwitchError";
  }
}

/** Traffic went over, and stays unless the caller takes it back; what came after that failed. */
export class ConfirmedSwitchError extends Error {
  constructor(
    private readonly project: string,
    private readonly release: string,
    override readonly cause: Error,
  ) {
    super(`${project}: traffic goes to release ${release}, but that could not be written down: ${cause.message}`, {
      cause,
    });
    this.name = "ConfirmedSwitchError";
  }

  /** What there is to say once routes and data are as before. */
  takenBack(): SwitchError {
    const { project, release, cause } = this;
    const text =
      `${project}: traffic could not stay with release ${release}: that could not be written down: ${cause.message}; ` +
      "it goes where it went before, with the data from then";
    return new SwitchError(text, cause);
  }
}

export interface Switch {
  project: string;
  to: LiveRelease;
  gateway: GatewayRef;
  /** For the gateway's lock. */
  purpose: string;
  /** Opened ahead. */
  shell?: GatewayShell;
}

/**
 * Sends a project's requests to a release whose containers are well, and confirms it through the gateway; a switch that
 * is not confirmed is taken back. The record says `switching` from before the gateway is touched until it is settled.
 * A project that is held stays so: nobody but this reaches the release then, and the caller lets the project go.
 * The caller holds the project's lock. Resolves with the record as it is then; throws `ConfirmedSwitchError` where that
 * could not be written.
 */
export async function switchTraffic(
  layout: Layout,
  { project, to, gateway, purpose, shell }: Switch,
  before: ProjectRecord,
  after: (record: ProjectRecord) => ProjectRecord,
): Promise<ProjectRecord> {
  let takeBack: Edit = {};
  const target = async () => {
    const edit = { ...routesEdit(project, to.routes), ...(await claimEdit(layout, project)) };
    takeBack = await currentlyOf(layout, edit);
    return edit;
  };
  const from = before.live?.release;
  const workers = workersOf(to.containers);
  const begun = { ...before, switching: { ...switchTo(to.release, before), ...(workers.length > 0 && { workers }) } };
  let switched: Awaited<ReturnType<typeof changeGateway>>;
  try {
    switched = await changeGateway(layout, gateway.container, purpose, target, {
      beforeSwap: () => writeRecord(layout, project, begun),
      ...(shell && { shell }),
    });
    await confirm(gateway, to, await holdToken(layout, project));
  } catch (error) {
    await changeGateway(layout, gateway.container, `${purpose}, taken back`, takeBack);
    await writeRecord(layout, project, before);
    const serving = from ? `release ${from} serves` : "no release of it serves";
    throw new SwitchError(
      `${project}: traffic could not be switched to ${to.release}: ${(error as Error).message}; ${serving}`,
      error,
    );
  }
  try {
    // The release answers: that some requests may still go the old way for a moment is no reason to take it back.
    await untilNoneAccepts(gateway.container, switched.oldWorkers, CONFIRM_SECONDS);
    const dataChange = await openChange(layout, project);
    const record = after({
      ...before,
      ...(dataChange !== undefined && { dataChange }),
      switching: undefined,
      forward: undefined,
      live: to,
      drainingWorkers: switched.changed ? switched.oldWorkers : before.drainingWorkers,
    });
    await writeRecord(layout, project, record);
    return record;
  } catch (error) {
    throw new ConfirmedSwitchError(project, to.release, error as Error);
  }
}

/** What undoes an edit. */
async function currentlyOf(layout: Layout, edit: Edit): Promise<Edit> {
  const paths = Object.keys(edit);
  const contents = await currentFiles(layout, paths);
  return Object.fromEntries(paths.map((path, index) => [path, contents[index]]));
}

/** For the record, before the first thing is changed. */
export function switchTo(release: string, { live }: ProjectRecord): Switching {
  return { to: release, at: new Date().toISOString(), ...(live && { from: live.release }) };
}

/**
 * New connections reach the new workers: the release header says so several times in a row. A worker with the old
 * configuration can carry the same release, but for containers that are gone; its answer is an error of the gateway.
 * `token`: of a hold, see `holdText`.
 */
async function confirm(gateway: GatewayRef, to: LiveRelease, token?: string): Promise<void> {
  const { host, release } = to;
  if (host === undefined) return;
  const seconds = confirmingSeconds(to);
  const headers = { host, ...(token !== undefined && { [CONFIRM_HEADER]: token }) };
  // Time that the last right answers take does not count: a health check may be slow.
  const deadline = performance.now() + CONFIRM_SECONDS * 1000;
  for (let inARow = 0; inARow < CONFIRMING_ANSWERS; ) {
    const seen = await servedRelease(gateway, headers, seconds);
    inARow = seen === `release ${release}` ? inARow + 1 : 0;
    if (inARow > 0) continue;
    if (performance.now() > deadline) {
      throw new Error(
        `after ${CONFIRM_SECONDS} s the gateway at ${gateway.address}:${gateway.port} still answers with ${seen}`,
      );
    }
    await new Promise((done) => setTimeout(done, 5));
  }
}

/** The health check that is asked has passed within this time at the container itself. */
function confirmingSeconds({ containers }: LiveRelease): number {
  const listening = containers.filter(({ port }) => port !== undefined);
  return Math.max(ANSWER_SECONDS, ...listening.map(({ health }) => answerSeconds(health)));
}

function servedRelease(
  { address, port }: GatewayRef,
  headers: Record<string, string>,
  seconds: number,
): Promise<string> {
  return new Promise((done) => {
    const attempt = request({ host: address, port, path: "/healthz", agent: false, headers }, (answer) => {
      answer.resume();
      const header = answer.headers["x-slipway-release"];
      const status = answer.statusCode ?? 0;
      answer.on("end", () => {
        if (header === undefined) return done(`status ${status} and no release`);
        done(status < 500 ? `release ${header}` : `status ${status} of release ${header}`);
      });
      answer.on("error", (error) => done(error.message));
    });
    answerWithin(attempt, seconds * 1000);
    attempt.on("error", (error) => done(error.message));
    attempt.end();
  });
}
