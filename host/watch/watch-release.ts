import { setTimeout } from "node:timers/promises";
import type { Log } from "../log";
import type { LiveRelease } from "../record";
import type { GatewayRef, ProjectDescription } from "../requests";
import { type Check, checkRelease, type EndedContainer } from "./check-release";
import { GatewayRequests, latencyBefore } from "./gateway-requests";
import { howItEnded } from "./how-it-ended";
import { latencyLimitMs, pauseSeconds, progressLine, type Verdict, verdict } from "./verdict";
import type { Watch } from "./watch-file";

/** Seconds between two progress lines. */
const TOLD_EVERY_SECONDS = 10;
/** Longest wait for Docker, whose restart is no fault of the release, in seconds. */
const SILENT_SECONDS = 600;
/** Pause before a check that says nothing of the release is made again, in seconds. */
const AGAIN_SECONDS = 1;
/** Longest time until a watch notices that traffic was moved: the watch over the next release waits for it. */
const NOTICED_WITHIN_MS = 500;

export interface Watched {
  description: ProjectDescription;
  live: LiveRelease;
  /** The release before, which the live one is compared with; none at a first deploy. */
  previous?: string;
  gateway: GatewayRef;
  /** How far the watch has come. */
  watch: Watch;
  /** Returns when this many seconds have passed since the switch, whatever the verdict. */
  untilSeconds: number;
  log: Log;
  /** Whether another command works on the project: what that stops is no fault of the release. */
  isWorkedOn(): Promise<boolean>;
  /** Whether traffic still goes to the release; asked after each check, and while the next is waited for. */
  isLive(): Promise<boolean>;
  /** After each check of a release that is still live. What it throws ends the watch. */
  onCheck(watch: Watch): Promise<void>;
}

export interface WatchEnd {
  verdict: Verdict | { kind: "superseded" };
  watch: Watch;
}

/** Checks a live release again and again, and what the gateway's log says of its requests, until there is a verdict. */
export async function watchRelease(watched: Watched): Promise<WatchEnd> {
  const { description, live, previous, gateway, untilSeconds, log } = watched;
  const settings = description.deploy;
  const before = watched.watch;
  const started = performance.now();
  using requests = await GatewayRequests.follow(gateway.container, description.project, live.release, new Date());
  // Read beside the first checks.
  let compared = before.latencyBefore;
  if (previous && !compared && settings.latencyFactor > 0) {
    void latencyBefore(gateway.container, description.project, previous, new Date(before.startedAt)).then(
      (found) => {
        compared = found;
      },
      (error: Error) => log.warn(`${description.project}: response times are not compared: ${error.message}`),
    );
  }
  const restarts = { ...before.restarts };
  let watch = before;
  let told = before.elapsedSeconds;
  /** Of the watch, in seconds. */
  let silentSince: number | undefined;
  for (;;) {
    const [check] = await Promise.all([checkOf(watched, restarts), requests.catchUp()]);
    const elapsedSeconds = before.elapsedSeconds + (performance.now() - started) / 1000;
    if (check.kind === "not made") silentSince ??= tellSilence(watched, check.text, elapsedSeconds);
    if (check.kind === "not made" || check.kind === "worked on") {
      watch = { ...watch, elapsedSeconds };
      if (!(await watched.isLive())) return superseded(watch);
      await watched.onCheck(watch);
      const reason = `Docker did not answer for ${SILENT_SECONDS} s, so that nothing is known of the release`;
      const silentFor = check.kind === "not made" ? elapsedSeconds - (silentSince ?? elapsedSeconds) : 0;
      if (silentFor >= SILENT_SECONDS) return { verdict: { kind: "failed", reason }, watch };
      if (await pausedWhileLive(watched, AGAIN_SECONDS)) continue;
      return superseded(watch);
    }
    if (silentSince !== undefined) log.info(`${description.project}: Docker answers again; the watch goes on`);
    silentSince = undefined;
    const failed = check.kind === "failed" ? check : undefined;
    const latency = requests.latency(latencyLimitMs(compared, settings));
    watch = {
      ...watch,
      elapsedSeconds,
      checks: watch.checks + 1,
      failures: watch.failures + (failed ? 1 : 0),
      consecutive: failed ? watch.consecutive + 1 : 0,
      hasEnded: failed?.ended !== undefined,
      restarts,
      requests: before.requests + requests.requests,
      requestFailures: before.requestFailures + requests.requestFailures,
      ...(latency && { latency }),
      ...(compared && { latencyBefore: compared }),
    };
    if (elapsedSeconds >= settings.settleSeconds) requests.startTiming();
    if (failed) log.warn(`${description.project}: ${failed.text}`);
    const outcome = await explained(verdict(watch, settings), failed?.ended, new Date(watch.startedAt));
    if (failed || outcome.kind !== "go on" || watch.elapsedSeconds - told >= TOLD_EVERY_SECONDS) {
      log.info(progressLine(watch, settings));
      told = watch.elapsedSeconds;
    }
    if (!(await watched.isLive())) return superseded(watch);
    await watched.onCheck(watch);
    if (outcome.kind !== "go on" || watch.elapsedSeconds >= untilSeconds) return { verdict: outcome, watch };
    const pause = Math.min(pauseSeconds(watch, settings), Math.max(0, untilSeconds - watch.elapsedSeconds));
    if (!(await pausedWhileLive(watched, pause))) return superseded(watch);
  }
}

function superseded(watch: Watch): WatchEnd {
  return { verdict: { kind: "superseded" }, watch };
}

/** Resolves with whether traffic still goes to the release; early when it does not. */
async function pausedWhileLive({ isLive }: Watched, seconds: number): Promise<boolean> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const left = end - performance.now();
    if (left <= 0) return true;
    await setTimeout(Math.min(left, NOTICED_WITHIN_MS));
    if (!(await isLive())) return false;
  }
}

/** A failure that another command may be the reason of is none. */
async function checkOf(
  { live, description, isWorkedOn }: Watched,
  restarts: Record<string, number>,
): Promise<Check | { kind: "worked on" }> {
  const wasWorkedOn = await isWorkedOn();
  const check = await checkRelease(live.containers, description.network, restarts);
  return check.kind === "failed" && (wasWorkedOn || (await isWorkedOn())) ? { kind: "worked on" } : check;
}

/** Says that it waits; returns since when. */
function tellSilence({ description, live, log }: Watched, why: string, elapsedSeconds: number): number {
  log.warn(
    `${description.project}: Docker does not answer (${why}), which says nothing of release ${live.release}; ` +
      `the watch waits for it, for ${SILENT_SECONDS} s at most`,
  );
  return elapsedSeconds;
}

/** A failure with what is known of the container that ended. */
async function explained(outcome: Verdict, ended: EndedContainer | undefined, since: Date): Promise<Verdict> {
  if (outcome.kind !== "failed" || !ended) return outcome;
  const how = await howItEnded(ended.container, ended.restarts, since).catch((error: Error) => error.message);
  return { ...outcome, reason: `${outcome.reason}: ${how}` };
}
