import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DataChange, restoreChange, withDataChange } from "./data-change";
import { openJournal, openWithBackup, type WayBackOfData } from "./data-journal";
import { describePlatform, describeProject } from "./description";
import { withEmptyDocker } from "./empty-docker.fixture";
import { type Layout, layout } from "./layout";
import { isHeld } from "./left-held";
import { Log } from "./log";
import { platform, projectOf } from "./platform.fixture";
import type { ProjectRecord } from "./record";

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
});
