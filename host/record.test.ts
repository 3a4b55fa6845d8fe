import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layout } from "./layout";
import { epochOf, type Found, keptHold, type ProjectRecord, readRecord, writeRecord } from "./record";
import { liveRelease } from "./record.fixture";

const settled: ProjectRecord = {
  serial: 4,
  drainingWorkers: [],
  live: liveRelease("aaaa"),
};

const asWritten: Found = { routesAreAsWritten: true, watchWasCutOff: false };

describe("epoch", () => {
  it("PU-07 stays the same while the host has settled on the configured release", () => {
    assert.equal(epochOf(settled, "aaaa", asWritten), 4);
  });

  it("PU-06 is the next one while a switch was begun and not finished", () => {
    const killed = { ...settled, switching: { to: "bbbb", from: "aaaa", at: "2026-01-01T00:00:01Z" } };
    assert.equal(epochOf(killed, "aaaa", asWritten), 5);
    assert.equal(epochOf(killed, "bbbb", asWritten), 5);
  });

  it("RB-14 stays the same while traffic is held on another release, until the configuration names one", () => {
    const held = { from: "aaaa", to: "bbbb", reason: "operator" as const, text: "", at: "2026-01-01T00:00:00Z" };
    const moved: ProjectRecord = { ...settled, live: liveRelease("bbbb"), held };
    assert.equal(epochOf(moved, "aaaa", asWritten), 4, "what the configuration still calls live is not brought back");
    assert.equal(epochOf(moved, "bbbb", asWritten), 4, "the release that serves is adopted");
    assert.equal(epochOf(moved, "cccc", asWritten), 5);
    assert.equal(epochOf({ ...moved, held: undefined }, "aaaa", asWritten), 5, "the hold was taken away");
  });

  it("RB-14 is the next one for a project that is held on no release, as one that was destroyed since", () => {
    const held = { from: "aaaa", to: "bbbb", reason: "watch" as const, text: "", at: "2026-01-01T00:00:00Z" };
    assert.equal(epochOf({ serial: 4, drainingWorkers: [], held }, "aaaa", asWritten), 5);
  });

  it("RB-14 PU-06 is the next one where a release serves that was tried since, and the same again once that has failed", () => {
    const held = { from: "aaaa", to: "bbbb", reason: "watch" as const, text: "", at: "2026-01-01T00:00:00Z" };
    const before: ProjectRecord = { ...settled, live: liveRelease("bbbb"), held };
    const tried: ProjectRecord = { ...before, live: liveRelease("cccc"), held: keptHold(before, "cccc") };
    assert.equal(epochOf(tried, "aaaa", asWritten), 5, "the deploy was cut off, or it would be named");
    const back: ProjectRecord = { ...tried, live: liveRelease("bbbb"), held: keptHold(tried, "bbbb") };
    assert.deepEqual(back, before);
    assert.equal(epochOf(back, "aaaa", asWritten), 4);
    assert.equal(keptHold(before, "aaaa"), undefined, "somebody has asked for it again");
  });

  it("RB-01 is the next one when a watch was cut off", () => {
    assert.equal(epochOf(settled, "aaaa", { ...asWritten, watchWasCutOff: true }), 5);
  });

  it("PU-06 is the next one for the old release after traffic moved without the engine knowing", () => {
    const moved = { ...settled, serial: 5, live: { ...settled.live, release: "bbbb" } } as ProjectRecord;
    assert.equal(
      epochOf(moved, "aaaa", asWritten),
      6,
      "going back is a rollout, though the engine knows only [aaaa, 4]",
    );
    assert.equal(epochOf(moved, "bbbb", asWritten), 5, "going on settles with the number that the rollout had");
  });

  it("PU-10 is the next one after the routes were edited by hand", () => {
    assert.equal(epochOf(settled, "aaaa", { ...asWritten, routesAreAsWritten: false }), 5);
  });

  it("starts at one for a project that was never deployed", () => {
    assert.equal(epochOf({ serial: 0, drainingWorkers: [] }, "aaaa", { ...asWritten, routesAreAsWritten: false }), 1);
  });
});

describe("project record", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-record-"));
  });
  afterEach(() => rm(root, { recursive: true }));

  it("reads back what was written, and nothing for an unknown project", async () => {
    await writeRecord(layout(root), "shop", settled);
    assert.deepEqual(await readRecord(layout(root), "shop"), settled);
    assert.equal((await readRecord(layout(root), "blog")).live, undefined);
  });
});
