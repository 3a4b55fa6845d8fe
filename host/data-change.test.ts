import { strict as assert } from "node:assert";
import { mkdirSync, rmdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DataChange, restoreChange, withDataChange } from "./data-change";
import { isJournalOpen, openJournal, openWithBackup, type WayBackOfData } from "./data-journal";
import { describePlatform, describeProject } from "./description";
import { withEmptyDocker } from "./empty-docker.fixture";
import { applyEdit, makeCurrent } from "./generation";
import { endLeftHold } from "./hold-writers";
import { type Layout, layout } from "./layout";
import { isHeld } from "./left-held";
import { Log } from "./log";
import { platform, projectOf } from "./platform.fixture";
import { type ProjectRecord, readRecord, routesSha256, writeRecord } from "./record";
import { liveRelease } from "./record.fixture";
import { currentRoutes, routesEdit } from "./route-paths";
import { ConfirmedSwitchError, SwitchError, switchTraffic } from "./switch-traffic";

describe("a change of the data with a switch", () => {
  let root: string;
  let place: Layout;
  const { gateway } = platform;
  const description = { ...projectOf("shop"), database: "shop" };
  const schema = { revision: "r1", order: ["r1"], heads: {}, compatible: {} } as never;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-data-change-"));
    place = layout(root);
    await describePlatform(place, platform);
    await describeProject(place, description);
  });
  afterEach(() => rm(root, { recursive: true }));

  const log = () => new Log(place.log, { informationTo: "nowhere" });
  const doing = (apply: DataChange["apply"]): DataChange => ({ what: "a change", apply });
  const make = (change: DataChange, bring: () => Promise<ProjectRecord> = () => assert.fail("it was brought")) =>
    withEmptyDocker(() => withDataChange(place, log(), { description, gateway, containers: [] }, change, bring));
  const open = (wayBack: WayBackOfData) => openJournal(place, "shop", wayBack);

  // Nobody but itself has the lock of the backups: whoever waited for it there would wait for ever.
  it("MT-27 waits for no lock that it has itself, neither as it makes the change nor as it takes it back", async () => {
    const backup = "backup_20260101_000000";
    const isFound = { message: /backup_20260101_000000/ };
    await assert.rejects(make(restoreChange(place, log(), "shop", backup, schema)), isFound);
    await assert.rejects(make(doing(async () => void (await openWithBackup(place, log(), "shop", "rollout")))), {
      name: "BackupError",
    });
    const failing = doing(async () => {
      await open({ backup });
      throw new Error("the migration failed");
    });
    await assert.rejects(make(failing), /the migration failed; and the data could not be taken back: .*backup_2026/);
    assert.equal(await isHeld(place, "shop"), true);
  });

  describe("after a switch that could not be written down", () => {
    const routed = (to: string) => ({ upstreams: `upstream of ${to};\n`, locations: `location of ${to};\n` });
    const live = liveRelease("aaaaaaaaaa", { routes: routed("a"), routesSha256: routesSha256(routed("a")) });
    const to = liveRelease("bbbbbbbbbb", { routes: routed("b") });
    const full = new Error("ENOSPC: no space left on device");
    const change = doing(() => open({ isReplaced: true }).then(() => undefined));

    beforeEach(async () => {
      await writeRecord(place, "shop", { serial: 1, live, drainingWorkers: [] });
      await applyEdit(join(place.gateway, "gen-1"), routesEdit("shop", routed("a")));
      await makeCurrent(place, "gen-1");
    });

    /** `write`: what becomes of the record of the switch. */
    const switching = async (write: (record: ProjectRecord) => ProjectRecord) =>
      switchTraffic(
        place,
        { project: "shop", to, gateway, purpose: "rollout" },
        await readRecord(place, "shop"),
        write,
      );
    const refused = () => {
      throw full;
    };
    const found = async () => {
      const [record, { locations }, isOpen, isStill] = await Promise.all([
        readRecord(place, "shop"),
        currentRoutes(place, "shop"),
        isJournalOpen(place, "shop"),
        isHeld(place, "shop"),
      ]);
      return { live: record.live?.release, locations, isOpen, isHeld: isStill };
    };

    it("MT-13 PU-06 has routes and data go back while nobody writes: they are what the record says", async () => {
      const failure = await make(change, () => switching(refused)).catch((error: Error) => error);
      assert.deepEqual(await found(), {
        ...{ live: "aaaaaaaaaa", locations: routed("a").locations },
        ...{ isOpen: false, isHeld: false },
      });
      assert.ok(failure instanceof SwitchError, String(failure));
      assert.equal(
        failure.message,
        "shop: traffic could not stay with release bbbbbbbbbb: that could not be written down: ENOSPC: no space left on " +
          "device; it goes where it went before, with the data from then",
      );
    });

    it("MT-13 PU-06 stays held where the disk is too full for the routes, too, and the next command takes it back", async () => {
      // No generation can be made current, as on a full disk.
      const obstacle = join(place.gateway, "current.next");
      const failing = make(change, () =>
        switching(() => {
          mkdirSync(obstacle);
          throw full;
        }),
      );
      await assert.rejects(
        failing,
        /could not be written down: ENOSPC.*; and the data could not be taken back: EEXIST/,
      );
      rmdirSync(obstacle);
      assert.deepEqual(await found(), {
        ...{ live: "aaaaaaaaaa", locations: routed("b").locations },
        ...{ isOpen: true, isHeld: true },
      });
      await withEmptyDocker(() => endLeftHold(place, log(), { description, gateway }));
      assert.deepEqual(await found(), {
        ...{ live: "aaaaaaaaaa", locations: routed("a").locations },
        ...{ isOpen: false, isHeld: false },
      });
    });

    it("MT-13 PU-06 keeps both where it is in the record, though writing that failed at the last", async () => {
      const writing = async (): Promise<ProjectRecord> => {
        await writeRecord(place, "shop", await switching((record) => record));
        throw new ConfirmedSwitchError("shop", "bbbbbbbbbb", full);
      };
      await assert.rejects(make(change, writing), ConfirmedSwitchError);
      assert.deepEqual(await found(), {
        ...{ live: "bbbbbbbbbb", locations: routed("b").locations },
        ...{ isOpen: false, isHeld: false },
      });
    });
  });
});
