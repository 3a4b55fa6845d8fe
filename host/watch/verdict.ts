import type { DeploySettings } from "../../config/project";

/** What a watch has seen so far. */
export interface Counts {
  /** Since the switch. */
  elapsedSeconds: number;
  checks: number;
  failures: number;
  /** Failed checks since the last good one. */
  consecutive: number;
  /** A container has ended since the switch. That it was started again makes nothing well: it fails every check. */
  hasEnded?: boolean;
  /** Requests through the gateway that the release answered, and those of them that failed. */
  requests: number;
  requestFailures: number;
  /** Of requests since the settle time, as far as the watching process saw them. */
  latency?: Latency;
  /** Of the release before, from before the switch. */
  latencyBefore?: Latency;
}

/** How long requests took. */
export interface Latency {
  requests: number;
  /** All but a hundredth of them were answered within that time. */
  p99Ms: number;
  /** Of the watched release: how many took longer than `latencyLimitMs`; left out where there is no such limit. */
  slower?: number;
}

export type Verdict = { kind: "go on" } | { kind: "passed" } | { kind: "failed"; reason: string };

export const NOTHING_SEEN: Counts = {
  elapsedSeconds: 0,
  checks: 0,
  failures: 0,
  consecutive: 0,
  requests: 0,
  requestFailures: 0,
};

/** Seconds after the switch in which a check runs every second: a late death shows there. */
const CLOSE_SECONDS = 60;
const CLOSE_INTERVAL = 1;
/**
 * Requests above the limit, below which a p99 fails nobody. Of 100 to 199 requests two make the p99, and it is looked
 * at after every check: chance alone would take good releases back on small sites. From 1000 on a p99 implies them.
 */
const LEAST_SLOWER = 10;

/**
 * Failed checks in a row count at once (RB-02); the share of failures, of checks and requests together, only after the
 * settle time and from a least number of both (RB-03); so does a p99 response time far above that of the release before.
 */
export function verdict(counts: Counts, settings: DeploySettings): Verdict {
  const { elapsedSeconds, checks, failures, consecutive, requests, requestFailures } = counts;
  if (consecutive >= settings.failures) {
    return { kind: "failed", reason: `${consecutive} failed health checks in a row` };
  }
  const seen = checks + requests;
  const share = seen === 0 ? 0 : (failures + requestFailures) / seen;
  if (elapsedSeconds >= settings.settleSeconds && seen >= settings.minimumRequests && share > settings.errorRate) {
    return {
      kind: "failed",
      reason:
        `${percent(share)} of ${checks} health checks and ${requests} requests failed, ` +
        `more than ${percent(settings.errorRate)}`,
    };
  }
  const slower = slowerThanBefore(counts, settings);
  if (slower !== undefined) return { kind: "failed", reason: slower };
  if (elapsedSeconds < settings.watchSeconds) return { kind: "go on" };
  return counts.hasEnded ? { kind: "failed", reason: "a container ended as the watch did" } : { kind: "passed" };
}

/**
 * The time above which the p99 fails; `undefined` where it is compared with nothing. A time that nobody notices is
 * never too long, however short it was before.
 */
export function latencyLimitMs(before: Latency | undefined, settings: DeploySettings): number | undefined {
  const { latencyFactor, latencyFloorMs } = settings;
  if (!before || latencyFactor === 0) return undefined;
  return Math.max(latencyFloorMs, latencyFactor * before.p99Ms);
}

function slowerThanBefore({ latency, latencyBefore }: Counts, settings: DeploySettings): string | undefined {
  const { latencyFactor, latencyRequests } = settings;
  const limitMs = latencyLimitMs(latencyBefore, settings);
  if (!latency || !latencyBefore || limitMs === undefined) return undefined;
  if (Math.min(latency.requests, latencyBefore.requests) < latencyRequests) return undefined;
  if (latency.p99Ms <= limitMs || (latency.slower ?? 0) < LEAST_SLOWER) return undefined;
  return (
    `the p99 response time of ${latency.requests} requests is ${latency.p99Ms} ms, ` +
    `more than ${latencyFactor} times the ${latencyBefore.p99Ms} ms of the release before`
  );
}

/** Seconds until the next check; what certainly fails is not waited for. */
export function pauseSeconds({ elapsedSeconds, hasEnded }: Counts, settings: DeploySettings): number {
  const isClose = elapsedSeconds < CLOSE_SECONDS || hasEnded === true;
  const pause = isClose ? Math.min(CLOSE_INTERVAL, settings.intervalSeconds) : settings.intervalSeconds;
  return Math.max(0, Math.min(pause, settings.watchSeconds - elapsedSeconds));
}

/** The line of RB-01, word for word. */
export function progressLine(counts: Counts, { watchSeconds }: DeploySettings): string {
  const { elapsedSeconds, checks, failures, consecutive, requests, requestFailures } = counts;
  const elapsed = Math.min(Math.floor(elapsedSeconds), watchSeconds);
  const share = checks === 0 ? 0 : failures / checks;
  const line =
    `Progress: ${elapsed}s / ${watchSeconds}s | Checks: ${checks} | Failures: ${failures} (${percent(share)}) | ` +
    `Consecutive: ${consecutive} | Remaining: ${watchSeconds - elapsed}s`;
  return requestFailures === 0 ? line : `${line} | Requests: ${requests}, ${requestFailures} failed`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)}%`;
}
