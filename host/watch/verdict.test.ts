import { strict as assert } from "node:assert";
import { defaults } from "../../config/project.fixture";
import { type Counts, NOTHING_SEEN, pauseSeconds, progressLine, verdict } from "./verdict";

const settings = defaults.deploy;
const seen = (elapsedSeconds: number, changes: Partial<Counts> = {}): Counts => ({
  ...NOTHING_SEEN,
  elapsedSeconds,
  checks: 40,
  ...changes,
});

describe("the verdict of a watch", () => {
  it("RB-02 is failure at three failed checks in a row, also within the settle time", () => {
    assert.equal(verdict(seen(2, { failures: 2, consecutive: 2 }), settings).kind, "go on");
    assert.deepEqual(verdict(seen(3, { failures: 3, consecutive: 3 }), settings), {
      kind: "failed",
      reason: "3 failed health checks in a row",
    });
  });

  it("RB-03 is failure above a tenth of checks and requests together, after the settle time", () => {
    const bad = { requests: 160, requestFailures: 21 };
    assert.equal(verdict(seen(29, bad), settings).kind, "go on");
    assert.deepEqual(verdict(seen(30, bad), settings), {
      kind: "failed",
      reason: "10.50% of 40 health checks and 160 requests failed, more than 10.00%",
    });
    assert.equal(verdict(seen(30, { requests: 160, requestFailures: 20 }), settings).kind, "go on");
  });

  it("RB-03 needs a least number of both: one failure out of three says nothing", () => {
    assert.equal(verdict(seen(40, { checks: 3, failures: 1 }), settings).kind, "go on");
  });

  const slow = (p99Ms: number, requests = 100, slower = 10) => ({ latency: { requests, p99Ms, slower } });
  const latencyBefore = { requests: 100, p99Ms: 200 };

  it("fault 25 is failure where the p99 response time is more than three times that of the release before", () => {
    assert.deepEqual(verdict(seen(40, { ...slow(601), latencyBefore }), settings), {
      kind: "failed",
      reason: "the p99 response time of 100 requests is 601 ms, more than 3 times the 200 ms of the release before",
    });
    assert.equal(verdict(seen(40, { ...slow(600), latencyBefore }), settings).kind, "go on");
    const twice = { ...settings, latencyFactor: 2 };
    assert.equal(verdict(seen(40, { ...slow(401), latencyBefore }), twice).kind, "failed");
  });

  it("fault 25 a p99 is compared from a least number of requests of both, and not where it is turned off", () => {
    assert.equal(verdict(seen(40, { ...slow(9000, 99), latencyBefore }), settings).kind, "go on");
    const few = { requests: 99, p99Ms: 200 };
    assert.equal(verdict(seen(40, { ...slow(9000), latencyBefore: few }), settings).kind, "go on");
    assert.equal(verdict(seen(40, slow(9000)), settings).kind, "go on");
    const off = { ...settings, latencyFactor: 0 };
    assert.equal(verdict(seen(40, { ...slow(9000), latencyBefore }), off).kind, "go on");
  });

  it("fault 25 a p99 that fewer than ten slow requests make says nothing: two do on a small site", () => {
    assert.equal(verdict(seen(40, { ...slow(9000, 150, 2), latencyBefore }), settings).kind, "go on");
    assert.equal(verdict(seen(40, { ...slow(9000, 899, 9), latencyBefore }), settings).kind, "go on");
    assert.equal(verdict(seen(40, { ...slow(9000, 150, 10), latencyBefore }), settings).kind, "failed");
    const asWrittenBefore = { latency: { requests: 150, p99Ms: 9000 }, latencyBefore };
    assert.equal(verdict(seen(40, asWrittenBefore), settings).kind, "go on");
  });

  it("fault 25 times that nobody notices are no reason: 250 ms by default", () => {
    const fast = { requests: 100, p99Ms: 5 };
    assert.equal(verdict(seen(40, { ...slow(250), latencyBefore: fast }), settings).kind, "go on");
    assert.equal(verdict(seen(40, { ...slow(251), latencyBefore: fast }), settings).kind, "failed");
  });

  it("fault 26 a check that fails every other time is a matter of the error rate, not of three in a row", () => {
    const flapping = seen(31, { failures: 20, consecutive: 1 });
    assert.match((verdict(flapping, settings) as { reason: string }).reason, /^50\.00% of 40 health checks/);
  });

  it("RB-01 is passed when the time is over, 600 s by default", () => {
    assert.equal(verdict(seen(599), settings).kind, "go on");
    assert.equal(verdict(seen(600), settings).kind, "passed");
    assert.equal(verdict(seen(600, { hasEnded: true }), settings).kind, "failed");
    assert.equal(verdict(seen(0), { ...settings, watchSeconds: 0 }).kind, "passed");
  });

  it("RB-13 follows the settings", () => {
    assert.equal(verdict(seen(1, { consecutive: 1 }), { ...settings, failures: 1 }).kind, "failed");
    const rate = { ...settings, errorRate: 0, settleSeconds: 0 };
    assert.equal(verdict(seen(1, { requests: 1, requestFailures: 1 }), rate).kind, "failed");
  });
});

describe("the pace of a watch", () => {
  it("RB-01 is a check every second in the first minute, then every ten, and ends when the time is over", () => {
    assert.equal(pauseSeconds(seen(0), settings), 1);
    assert.equal(pauseSeconds(seen(59.9), settings), 1);
    assert.equal(pauseSeconds(seen(60), settings), 10);
    assert.equal(pauseSeconds(seen(595), settings), 5);
    assert.equal(pauseSeconds(seen(60, { hasEnded: true }), settings), 1);
    assert.equal(pauseSeconds(seen(0), { ...settings, intervalSeconds: 0.2 }), 0.2);
  });

  it("RB-01 is told in these words", () => {
    assert.equal(
      progressLine({ ...NOTHING_SEEN, elapsedSeconds: 120.4, checks: 12 }, settings),
      "Progress: 120s / 600s | Checks: 12 | Failures: 0 (0.00%) | Consecutive: 0 | Remaining: 480s",
    );
    assert.equal(
      progressLine(seen(130, { failures: 1, consecutive: 1, requests: 9, requestFailures: 2 }), settings),
      "Progress: 130s / 600s | Checks: 40 | Failures: 1 (2.50%) | Consecutive: 1 | Remaining: 470s | Requests: 9, 2 failed",
    );
  });
});
