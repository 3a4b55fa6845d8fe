import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Migrations } from "../config/project";
import { backupEntry } from "./backup/backup-entry.fixture";
import { writeIndex } from "./backup/backup-index";
import { describePlatform, describeProject } from "./description";
import { withEmptyDocker } from "./empty-docker.fixture";
import { type Layout, layout } from "./layout";
import { Log } from "./log";
import { platform, projectOf } from "./platform.fixture";
import { writeRecord } from "./record";
import { liveRelease } from "./record.fixture";
import type { ReleaseContainer } from "./requests";
import { type DataFacts, dataPlan, type RollbackPlanRequest, rollbackPlan } from "./rollback-data";

const same: DataFacts = { policy: "auto", current: "b2", target: "b2", isCompatible: false };
const backup = { id: "backup_20260101_120000", lossMinutes: 7 };

describe("what a rollback does about the database", () => {
  it("RB-07 auto keeps it while both releases are at one revision, or where one is not known", () => {
    assert.equal(dataPlan(same).kind, "keep");
    assert.equal(dataPlan(same).text, "kept: both releases are at one schema revision");
    const unknown = dataPlan({ ...same, target: "" });
    assert.equal(unknown.kind, "keep");
    assert.equal(unknown.text, "kept: which schema revision that release was made for is not known here");
  });

  it("OV-09 RB-06 auto restores at another revision, and says first how many minutes of writes that loses", () => {
    assert.deepEqual(dataPlan({ ...same, target: "a1", backup }), {
      kind: "restore",
      text: "restored from backup_20260101_120000: the writes of the last 7 minutes are lost",
      backup: "backup_20260101_120000",
      lossMinutes: 7,
    });
  });

  it("auto keeps it where the migration is known to suit the release before", () => {
    assert.equal(dataPlan({ ...same, target: "a1", isCompatible: true, backup }).kind, "keep");
  });

  it("keep and restore are obeyed", () => {
    assert.equal(dataPlan({ ...same, policy: "keep", target: "a1", backup }).kind, "keep");
    assert.equal(dataPlan({ ...same, policy: "restore", backup }).kind, "restore");
  });

  it("RB-06 without a usable backup it offers containers only", () => {
    const plan = dataPlan({ ...same, target: "a1" });
    assert.equal(plan.kind, "impossible");
    assert.match(plan.text, /containers only: --database keep/);
  });
});

describe("what a rollback does about the database of a project without migrations", () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-rollback-data-"));
    const place = layout(root);
    await describePlatform(place, platform);
    await describeProject(place, { ...projectOf("shop"), database: "shop" });
    const entry = (backup_id: string, more = {}) =>
      backupEntry({ backup_id, database: { format: "zstd", rows: {}, snapshot: "" }, ...more });
    const backups = [entry("one"), entry("two"), entry("bad", { verified: false }), backupEntry()];
    await mkdir(join(place.backups, "shop"), { recursive: true });
    await writeFile(join(place.backups, "shop/backup_index.json"), JSON.stringify({ backups }));
  });
  afterEach(() => rm(root, { recursive: true }));

  const planOf = (wanted: Pick<RollbackPlanRequest, "database" | "backup">) => {
    const place = layout(root);
    const log = new Log(place.log, { informationTo: "nowhere" });
    return rollbackPlan(place, log, { project: "shop", release: "aaaa", ...wanted });
  };
  const restored = async (wanted: Parameters<typeof planOf>[0]) => {
    const plan = await planOf(wanted);
    return plan.kind === "restore" ? plan.backup : plan.kind;
  };

  it("RB-06 it is kept, unless somebody wants it restored: from the newest verified backup, or the one that is named", async () => {
    assert.deepEqual(await planOf({ database: "auto" }), { kind: "keep", text: "kept: the project has no migrations" });
    assert.equal(await restored({ database: "restore" }), "two");
    assert.equal(await restored({ database: "restore", backup: "one" }), "one");
    assert.equal(await restored({ database: "auto", backup: "one" }), "one");
    assert.equal(await restored({ database: "restore", backup: "bad" }), "impossible");
  });

  it("SC-01 a backup for a database that is kept is a wrong use", async () => {
    await assert.rejects(planOf({ database: "keep", backup: "one" }), { name: "ContractError", exitCode: 1 });
  });
});

describe("what a rollback does about the database where the migrations' container has another name by now", () => {
  let root: string;
  let place: Layout;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-rollback-data-"));
    place = layout(root);
    await describePlatform(place, platform);
    const description = { ...projectOf("shop"), database: "shop", migrations: migrationsOf("api") };
    await describeProject(place, description);
    const dump = { database: { format: "zstd", rows: {}, snapshot: "" } } as const;
    const backups = [
      backupEntry({ ...dump, backup_id: "before", schema_revision: "r1", release: "1" }),
      backupEntry({ ...dump, backup_id: "after", schema_revision: "r2", release: "2" }),
    ];
    await writeIndex(place, "shop", { backups });
  });
  afterEach(() => rm(root, { recursive: true }));

  const migrationsOf = (container: string) => ({ container, upgrade: ["upgrade"] }) as Migrations;
  const first = liveRelease("1", {
    snapshot: { ...liveRelease("").snapshot, migrations: migrationsOf("web") },
    containers: [{ service: "web", name: "web-1", id: "web-1", pids: 10 } as ReleaseContainer],
  });
  /** Release 1 stands by; `heads`: what is known of the images. */
  async function planOf(database: RollbackPlanRequest["database"], heads: Record<string, string>) {
    const schema = { revision: "r2", heads, path: ["r1", "r2"] };
    await writeRecord(place, "shop", {
      serial: 1,
      drainingWorkers: [],
      live: liveRelease("2"),
      standby: first,
      schema,
    });
    const log = new Log(place.log, { informationTo: "nowhere" });
    const plan = await withEmptyDocker((engine) => {
      engine.containers = ["web-1"];
      return rollbackPlan(place, log, { project: "shop", release: "1", database });
    });
    return plan.kind === "restore" ? plan.backup : plan.kind;
  }

  it("OV-09 RB-07 its revision is found by the name that its own migrations had", async () => {
    const heads = { "image-of-web-1": "r1", "image-of-api-2": "r2" };
    assert.equal(await planOf("auto", heads), "before");
    assert.equal(await planOf("restore", heads), "before");
  });

  it("RB-06 of a revision that is not known it gets a backup of its own, and no newer one", async () => {
    assert.equal(await planOf("auto", {}), "keep");
    assert.equal(await planOf("restore", {}), "before");
    await writeIndex(place, "shop", { backups: [] });
    assert.equal(await planOf("restore", {}), "impossible");
  });
});
