import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Layout, layout } from "./layout";
import { Log } from "./log";
import { type ProjectRecord, readRecord, writeRecord } from "./record";
import { liveRelease } from "./record.fixture";
import { endHold } from "./release-hold";

describe("the end of a hold", () => {
  const held = { from: "2", to: "1", reason: "watch" as const, text: "", at: "" };
  const record: ProjectRecord = { serial: 1, drainingWorkers: [], live: liveRelease("3"), held };
  let root: string;
  let place: Layout;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-hold-"));
    place = layout(root);
    await writeRecord(place, "shop", record);
  });
  afterEach(() => rm(root, { recursive: true }));
  const heldAfter = async (release: string) => {
    await endHold(place, new Log(place.log, { informationTo: "nowhere" }), { project: "shop", release });
    return (await readRecord(place, "shop")).held;
  };

  it("RB-14 comes with the release that is concluded", async () => {
    assert.equal(await heldAfter("3"), undefined);
  });

  it("RB-14 does not come with one that has lost its traffic meanwhile", async () => {
    assert.deepEqual(await heldAfter("4"), held);
  });
});
