import { docker } from "../docker";
import type { Log } from "../log";
import { probe } from "../probe";
import type { LiveRelease } from "../record";
import type { GatewayRef, ProjectDescription, ReleaseContainer } from "../requests";
import { GatewayRequests, latencyBefore } from "./gateway-requests";
import { howItEnded } from "./how-it-ended";
import { pauseSeconds, progressLine, type Verdict, verdict } from "./verdict";
import type { Watch } from "./watch-file";

/** Seconds between two progress lines. */
const TOLD_EVERY_SECONDS = 10;

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
  /** After each check; `false` ends the watch: traffic was moved by somebody else. */
  onCheck(watch: Watch): Promise<boolean>;
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
  for (;;) {
    const [failed] = await Promise.all([
      failedCheck(live.containers, description.network, restarts),
      requests.catchUp(),
    ]);
    const elapsedSeconds = before.elapsedSeconds + (performance.now() - started) / 1000;
    const latency = requests.latency();
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
    const isLive = await watched.onCheck(watch);
    if (!isLive) return { verdict: { kind: "superseded" }, watch };
    if (outcome.kind !== "go on" || watch.elapsedSeconds >= untilSeconds) return { verdict: outcome, watch };
    const pause = Math.min(pauseSeconds(watch, settings), Math.max(0, untilSeconds - watch.elapsedSeconds));
    await new Promise((done) => setTimeout(done, pause * 1000));
  }
}

interface FailedCheck {
  text: string;
  /** Where it failed because its container has ended, whether or not it was started again. */
  ended?: { container: ReleaseContainer; restarts: number };
}

/** A failure with what is known of the container that ended. */
async function explained(outcome: Verdict, ended: FailedCheck["ended"], since: Date): Promise<Verdict> {
  if (outcome.kind !== "failed" || !ended) return outcome;
  const how = await howItEnded(ended.container, ended.restarts, since).catch((error: Error) => error.message);
  return { ...outcome, reason: `${outcome.reason}: ${how}` };
}

/** What is wrong with the first container that is not well. */
async function failedCheck(
  containers: ReleaseContainer[],
  network: string,
  restarts: Record<string, number>,
): Promise<FailedCheck | undefined> {
  const outcomes = await Promise.all(
    containers.map(async (container): Promise<FailedCheck | undefined> => {
      const failure = await checkContainer(container, network, restarts).catch(
        (error: Error): FailedCheck => ({ text: error.message }),
      );
      return failure && { ...failure, text: `container ${container.service}: ${failure.text}` };
    }),
  );
  return outcomes.find((outcome) => outcome !== undefined);
}

/** `restarts`: as the watch found them at its begin; what it has not found yet is added. */
async function checkContainer(
  container: ReleaseContainer,
  network: string,
  restarts: Record<string, number>,
): Promise<FailedCheck | undefined> {
  const { State, RestartCount, NetworkSettings } = await docker().getContainer(container.id).inspect();
  restarts[container.id] ??= RestartCount;
  const ended = { container, restarts: RestartCount - (restarts[container.id] ?? 0) };
  if (!State.Running || State.Restarting) return { text: `it has ended (exit code ${State.ExitCode})`, ended };
  if (ended.restarts > 0) return { text: "it ended and was started again", ended };
  const failure = await probe(container, NetworkSettings.Networks[network]?.IPAddress ?? "");
  return failure === undefined ? undefined : { text: failure };
}
