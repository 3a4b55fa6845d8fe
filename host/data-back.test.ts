import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Migrations } from "../config/project";
import { backupEntry } from "./backup/backup-entry.fixture";
import type { BackupEntry } from "./backup/backup-index";
import { writeIndex } from "./backup/backup-index";
import { dataBackOf, dataBackOfRollout, NoWayBackError } from "./data-back";
import { describePlatform, describeProject } from "./description";
import { withEmptyDocker } from "./empty-docker.fixture";
import { type Layout, layout } from "./layout";
import { Log } from "./log";
import { rememberMigrated } from "./migrated";
import { platform, projectOf } from "./platform.fixture";
import type { ProjectRecord } from "./record";
import { liveRelease } from "./record.fixture";
import type { ReleaseContainer } from "./requests";
import { type SchemaRecord, suits } from "./schema";

describe("data that goes back with the release", () => {
  let root: string;
  let place: Layout;
  /** Without a database: nothing is restored, and what is recorded is told all the same. */
  const description = projectOf("shop");
  const release = (number: string, compatible: boolean) => {
    const migrations = { container: "web", upgrade: ["upgrade"], compatible } as Migrations;
    const web = { service: "web", name: `web-${number}`, id: `web-${number}`, pids: 10 } as ReleaseContainer;
    return liveRelease(number, { snapshot: { ...liveRelease("").snapshot, migrations }, containers: [web] });
  };
  const [first, second, third] = [release("1", true), release("2", false), release("3", false)] as const;
  const heads = { "image-of-web-1": "r1", "image-of-web-2": "r2", "image-of-web-3": "r3" };
  const path = ["r1", "r2", "r3"];
  const record: ProjectRecord = {
    ...{ serial: 1, drainingWorkers: [], live: third, standby: second },
    schema: { revision: "r3", heads, path, compatible: [] },
  };
  /** Only its code is new: it was left declared as a migration with which the one before does not work. */
  const codeOnly: ProjectRecord = {
    ...record,
    schema: { revision: "r2", heads: { ...heads, "image-of-web-3": "r2" }, path: ["r1", "r2"], compatible: [] },
  };

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-data-back-"));
    place = layout(root);
    await describePlatform(place, platform);
    await describeProject(place, description);
  });
  afterEach(() => rm(root, { recursive: true }));

  /** To `target` from the one that failed, whose backup is this one; resolves with the schema that is recorded. */
  async function back(
    wayBack: typeof dataBackOf,
    from: ProjectRecord,
    target: typeof first,
    changes: Partial<BackupEntry>,
    failed = "3",
  ): Promise<SchemaRecord | undefined> {
    const entry = backupEntry({ stack: platform.stack, ...changes });
    await writeIndex(place, "shop", { backups: [entry] });
    const moment = { rows: {}, snapshot: "1:1:" };
    await rememberMigrated(place, "shop", { release: failed, backup: entry.backup_id, moment });
    const log = new Log(place.log, { informationTo: "nowhere" });
    return withEmptyDocker(async (engine) => {
      engine.containers = ["web-1", "web-2", "web-3"];
      const change = await wayBack(place, log, description, from, target);
      return change?.apply();
    });
  }
  const atSecond = { release: "2", schema_revision: "r2" };
  const isRefused = (error: Error) =>
    error instanceof NoWayBackError && /at r2, .* 1\.0\.0 is not known/.test(error.message);

  it("MT-13 RB-12 is refused where the backup is of a revision that a release from further back is not known to work with", async () => {
    await assert.rejects(back(dataBackOfRollout, codeOnly, first, atSecond), isRefused);
    await assert.rejects(back(dataBackOfRollout, record, first, atSecond), isRefused);
    await assert.rejects(back(dataBackOf, record, first, atSecond), isRefused);
  });

  it("MT-13 is recorded as the backup's revision, also where an older release works with that", async () => {
    assert.equal((await back(dataBackOf, record, second, atSecond))?.revision, "r2");
    const schema = { revision: "r3", heads, path, compatible: ["r2"] };
    const reached = await back(dataBackOfRollout, { ...record, schema }, first, atSecond);
    assert.deepEqual([reached?.revision, reached && suits(reached, "r1")], ["r2", true]);
  });

  it("MT-13 RB-02 goes back to the release that served when the backup was made, whatever is known of it", async () => {
    const reached = await back(dataBackOf, { ...record, standby: first }, first, { ...atSecond, release: "1" });
    assert.equal(reached?.revision, "r2");
  });

  it("MT-13 is refused before anything is held where the backup is gone", async () => {
    await assert.rejects(
      back(dataBackOf, record, second, { ...atSecond, verified: false, status: "failed" }),
      /is failed/,
    );
  });

  it("MT-13 RB-12 is refused where a downgrade ends at a revision that a release from further back is not known to work with", async () => {
    const downgradeTo = async (revision: string, target: typeof first) => {
      const migrations = { ...third.snapshot.migrations, downgrade: ["downgrade"], current: ["current"] } as Migrations;
      const live = { ...third, snapshot: { ...third.snapshot, migrations } };
      return withEmptyDocker(async (engine) => {
        engine.containers = ["web-1", "web-2", "web-3"];
        engine.run = async ([command]) => (command === "current" ? revision : "");
        const log = new Log(place.log, { informationTo: "nowhere" });
        return (await dataBackOfRollout(place, log, description, { ...record, live }, target))?.apply();
      });
    };
    await assert.rejects(downgradeTo("r2", first), isRefused);
    assert.equal((await downgradeTo("r1", first))?.revision, "r1");
    assert.equal((await downgradeTo("r2", second))?.revision, "r2");
  });

  it("MT-13 RB-02 is refused where a rollback took the database back and the newer release stands by: it does not lead there", async () => {
    const tookBack = { revision: "r2", heads, path: ["r1", "r2"], compatible: [] };
    for (const compatible of [true, false]) {
      const migrations = { ...second.snapshot.migrations, downgrade: ["downgrade"], compatible } as Migrations;
      const live = { ...second, snapshot: { ...second.snapshot, migrations } };
      const from = { ...record, live, standby: third, schema: tookBack };
      await assert.rejects(back(dataBackOf, from, third, atSecond), {
        name: "NoWayBackError",
        message: "the database is at r2, which 1.0.0 was made for, and 1.0.0 was not",
      });
    }
    // What serves does not work with the database either: with what stands by nothing gets worse.
    const neither = { ...record, live: first, standby: third, schema: tookBack };
    assert.equal(await back(dataBackOf, neither, third, atSecond), undefined);
  });

  it("MT-13 RB-02 is not refused of what came before, also where the database's path does not tell any more", async () => {
    const at = (revision: string, path: string[], changes = {}) => ({
      revision,
      heads,
      path,
      compatible: [],
      ...changes,
    });
    // After a restore by hand under release 2, and the next deploy.
    const restored = { ...record, schema: at("r3", ["r1", "r3"]) };
    assert.equal((await back(dataBackOf, restored, second, atSecond))?.revision, "r2");
    // After a rollback that another one, with a restore, undid.
    const undone = { ...record, live: second, standby: first, schema: at("r2", ["r2"]) };
    const before = { release: "1", schema_revision: "r1" };
    assert.equal((await back(dataBackOf, undone, first, before, "2"))?.revision, "r1");
    // Since which the project has no command any more that tells.
    const untold = { ...record, schema: at("", ["r2", ""], { heads: { ...heads, "image-of-web-3": "" } }) };
    assert.equal((await back(dataBackOf, untold, second, atSecond))?.revision, "r2");
  });
});
