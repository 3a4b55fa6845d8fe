import { strict as assert } from "node:assert";
import { whyDegraded } from "./backup-timer";

const WAITING = { timer: "active", service: "inactive" };
const began = "2026-03-04T03:00:00.000Z";

describe("the timer of scheduled backups", () => {
  it("SC-16 is healthy before its first run, in a run, and after one that succeeded", () => {
    assert.equal(whyDegraded(WAITING, undefined), undefined);
    assert.equal(whyDegraded({ ...WAITING, service: "activating" }, { began, failures: {} }), undefined);
    assert.equal(whyDegraded(WAITING, { began, ended: began, failures: {} }), undefined);
  });

  it("SC-16 says that it is stopped, that its last run failed, or that this was cut short", () => {
    assert.match(whyDegraded({ ...WAITING, timer: "inactive" }, undefined) ?? "", /^the timer is inactive/);
    const failed = whyDegraded(WAITING, {
      began,
      ended: began,
      failures: { shop: "shop: no room", blog: "blog: late" },
    });
    assert.equal(failed, `the run of ${began} failed: shop: no room; blog: late`);
    assert.match(whyDegraded({ ...WAITING, service: "failed" }, { began, failures: {} }) ?? "", /did not end/);
  });

  it("SC-16 says that its unit failed before it could write anything down", () => {
    const startedAt = Date.parse(began) / 1000;
    const failed = { ...WAITING, service: "failed", startedAt };
    const run = (at: number) => ({ began: new Date(at * 1000).toISOString(), ended: began, failures: {} });
    for (const before of [undefined, run(startedAt - 86_400)]) {
      assert.match(whyDegraded(failed, before) ?? "", /failed before any backup began/);
    }
    for (const by of [0, 3600]) assert.equal(whyDegraded(failed, run(startedAt + by)), undefined);
  });
});
