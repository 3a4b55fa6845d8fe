import { strict as assert } from "node:assert";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clearDegraded, degradedState, failedWayBack } from "./degraded";
import { type Layout, layout } from "./layout";
import { withLock } from "./lock";
import { Log } from "./log";
import { readRecord, writeRecord } from "./record";
import { liveRelease } from "./record.fixture";
import { WorkersError } from "./worker-handover";

describe("a project whose way back failed", () => {
  let root: string;
  let place: Layout;
  const standby = liveRelease("aaaaaaaaaa", { version: "1.0.0" });
  const live = liveRelease("bbbbbbbbbb", { version: "2.0.0" });

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-degraded-"));
    place = layout(root);
    await writeRecord(place, "shop", { serial: 1, live, standby, drainingWorkers: [] });
  });
  afterEach(() => rm(root, { recursive: true }));

  const fail = (error: Error) =>
    failedWayBack(place, new Log(place.log, { informationTo: "nowhere" }), { project: "shop", target: standby, error });
  const mark = async (error: Error) => (await fail(error)).text;
  const state = async () => degradedState(await readRecord(place, "shop"));

  it("fault 29 RB-12 is degraded, and says what serves and what to run next", async () => {
    const refusal = new Error("the gateway refused the new configuration\n  | nginx: [emerg] unknown directive\n");
    const text =
      "going back to 1.0.0 (release aaaaaaaaaa) failed: the gateway refused the new configuration nginx: [emerg] unknown " +
      "directive; 2.0.0 (release bbbbbbbbbb) serves; once that is mended: slipway rollback shop";
    assert.equal(await mark(refusal), text);
    assert.equal((await state())?.text, text);
    const log = await readFile(place.log, "utf8");
    assert.ok(log.includes(`ERROR: shop is degraded: ${text}\n`), log);
    assert.ok(log.includes(`INFO: shop is degraded: ${text}\n`), log);
  });

  it("fault 29 says how a standby that is gone is made anew", async () => {
    const gone = Object.assign(new Error("no such container"), { statusCode: 404 });
    assert.match(await mark(gone), /next: slipway up --refresh, .* then slipway deploy shop 1\.0\.0$/);
  });

  it("fault 29 is so while that release serves, and until a deploy or a rollback succeeds", async () => {
    await mark(new Error("no"));
    const record = await readRecord(place, "shop");
    assert.equal(degradedState({ ...record, live: standby }), undefined);
    await clearDegraded(place, "shop");
    assert.equal(await state(), undefined);
    assert.deepEqual((await readRecord(place, "shop")).live, live);
  });

  it("MT-23 RB-12 is not so where the traffic went back and only the workers do not work; it says so, and what to do", async () => {
    await writeRecord(place, "shop", { serial: 2, live: standby, drainingWorkers: [] });
    const unhealthy = new Error("container mailer ended with exit code 3");
    const text =
      "1.0.0 (release aaaaaaaaaa) serves again, but its workers do not work: container mailer ended with exit code 3; " +
      "once that is mended: docker restart shop-mailer-aaaaaaaaaa-1";
    const error = new WorkersError(["shop-mailer-aaaaaaaaaa-1"], unhealthy);
    // Whoever works on the project meanwhile does not keep it from being told.
    const told = await withLock(place.project("shop"), "another command", 0, () => fail(error));
    assert.deepEqual(told, { text, wentBack: true });
    assert.equal((await readRecord(place, "shop")).degraded, undefined);
    const log = await readFile(place.log, "utf8");
    assert.ok(log.includes(`ERROR: shop: ${text}\n`), log);
    const gone = Object.assign(new Error("no such container"), { statusCode: 404 });
    assert.match(
      await mark(new WorkersError([], gone)),
      /next: slipway up --refresh, .* then slipway deploy shop 1\.0\.0$/,
    );
  });
});
