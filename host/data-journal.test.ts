import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeAtomic } from "./atomic-file";
import {
  closeJournal,
  isHalfChanged,
  isJournalOpen,
  openChange,
  openJournal,
  replaceData,
  settleChange,
} from "./data-journal";
import { describePlatform, describeProject } from "./description";
import { withEmptyDocker } from "./empty-docker.fixture";
import { makeCurrent } from "./generation";
import { endLeftHold } from "./hold-writers";
import { type Layout, layout } from "./layout";
import { holdPath, isHeld } from "./left-held";
import { Log } from "./log";
import { platform, projectOf } from "./platform.fixture";
import { writeRecord } from "./record";
import { currentRoutes, routePaths } from "./route-paths";

describe("a change of the data that a killed command left", () => {
  let root: string;
  let place: Layout;
  const { gateway } = platform;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-data-journal-"));
    place = layout(root);
    await describePlatform(place, platform);
    await describeProject(place, projectOf("shop"));
    const generation = join(place.gateway, "gen-1");
    await writeAtomic(join(generation, routePaths("shop").locations), "as it was");
    await writeAtomic(join(generation, holdPath("shop")), "return 503;\n");
    await makeCurrent(place, "gen-1");
  });
  afterEach(() => rm(root, { recursive: true }));

  const log = () => new Log(place.log, { informationTo: "nowhere" });
  const write = (text: string) => writeAtomic(join(place.project("shop"), "data-change.json"), text);
  const locations = async () => (await currentRoutes(place, "shop")).locations;

  // Its hold ended with the switch, so that the routes of a project that is held are those from before.
  it("PU-06 is taken back, too, where an earlier version wrote it down without the routes", async () => {
    await write('{"upgrade":true}\n');
    await withEmptyDocker(() => endLeftHold(place, log(), { description: projectOf("shop"), gateway }));
    assert.deepEqual(await locations(), "as it was");
    assert.deepEqual([await isHeld(place, "shop"), await isJournalOpen(place, "shop")], [false, false]);
  });

  it("MT-17 PU-06 is ended by a restore by hand, too, where an earlier version wrote it down", async () => {
    await write('{"backup":"backup_20260101_000000"}\n');
    assert.equal(await isHalfChanged(place, "shop"), true);
    await replaceData(place, "shop");
    await withEmptyDocker(() => endLeftHold(place, log(), { description: projectOf("shop"), gateway }));
    assert.deepEqual([await locations(), await isHeld(place, "shop")], ["as it was", false]);
  });

  it("PU-06 MT-17 leaves the database open where Postgres ended in the middle of its swap", async () => {
    const swap = { database: "shop", incoming: "shop_restore_20260101_000000", kept: "shop_before_20260101_000001" };
    await write(JSON.stringify({ swap, id: "1" }));
    let isOpen = false;
    await withEmptyDocker(async (engine) => {
      engine.psql = (input) => {
        if (input.includes("ALLOW_CONNECTIONS true") && input.includes("datname = 'shop'")) isOpen = true;
        return input.includes("'^shop_(before|restore)_") ? `${swap.incoming}\n` : "";
      };
      await endLeftHold(place, log(), { description: projectOf("shop"), gateway });
    });
    assert.deepEqual([isOpen, await isHeld(place, "shop"), await isJournalOpen(place, "shop")], [true, false, false]);
  });

  for (const [how, text] of [
    ["cut short", '{"backup":"back'],
    ["without a way back", '{"id":"1"}'],
    ["no object", "null"],
  ] as const) {
    it(`PU-06 MT-17 is named with its file where that is damaged (${how}), and a restore by hand ends it`, async () => {
      await write(text);
      assert.deepEqual([await isJournalOpen(place, "shop"), await isHalfChanged(place, "shop")], [true, true]);
      await assert.rejects(
        withEmptyDocker(() => settleChange(place, log(), gateway, "shop")),
        /projects\/shop\/data-change\.json is damaged: .*; next: slipway restore shop/,
      );
      await replaceData(place, "shop");
      await withEmptyDocker(() => endLeftHold(place, log(), { description: projectOf("shop"), gateway }));
      assert.equal(await isHeld(place, "shop"), false);
    });
  }
});

describe("a change of a project's data", () => {
  let root: string;
  let place: Layout;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-journal-"));
    place = layout(root);
  });
  afterEach(() => rm(root, { recursive: true }));

  it("MT-17 is half done from its begin until its switch is in the record, or it is taken back", async () => {
    const isHalf = () => isHalfChanged(place, "shop");
    assert.equal(await isHalf(), false);
    await openJournal(place, "shop", { upgrade: true });
    assert.equal(await isHalf(), true);
    const dataChange = (await openChange(place, "shop")) as string;
    await writeRecord(place, "shop", { serial: 1, drainingWorkers: [], dataChange });
    assert.equal(await isHalf(), false, "the note of it could not be taken away");
    await openJournal(place, "shop", { upgrade: true });
    assert.equal(await isHalf(), true, "of another change");
    await closeJournal(place, "shop");
    assert.equal(await isHalf(), false);
  });

  it("MT-17 is half done no more where a person has put other data in its place", async () => {
    await openJournal(place, "shop", { upgrade: true });
    await replaceData(place, "shop");
    assert.equal(await isHalfChanged(place, "shop"), false);
  });
});
