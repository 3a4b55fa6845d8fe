import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeAtomic } from "./atomic-file";
import { backupEntry } from "./backup/backup-entry.fixture";
import { backupsFolder, writeIndex } from "./backup/backup-index";
import { openJournal } from "./data-journal";
import { describePlatform, describeProject } from "./description";
import { withDockerAt } from "./docker-at.fixture";
import { withEmptyDocker } from "./empty-docker.fixture";
import { makeCurrent } from "./generation";
import { type Layout, layout } from "./layout";
import { holdPath } from "./left-held";
import { Log } from "./log";
import { readManifest } from "./manifest";
import { platform, projectOf } from "./platform.fixture";
import { heldThere, readRecord, writeRecord } from "./record";
import { liveRelease } from "./record.fixture";
import type { RollbackRequest } from "./requests";
import { writePrepared } from "./restore/prepared-restore";
import { planRollback, rollback } from "./rollback";
import { switchTraffic } from "./switch-traffic";

describe("a rollback on the host with a restore of the database", () => {
  let root: string;
  let place: Layout;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-rollback-"));
    place = layout(root);
    await describePlatform(place, platform);
    await describeProject(place, { ...projectOf("shop"), database: "shop" });
    const [live, standby] = [liveRelease("2"), liveRelease("1")];
    await writeRecord(place, "shop", { serial: 1, drainingWorkers: [], live, standby });
    const database = { format: "zstd", rows: {}, snapshot: "" } as const;
    await mkdir(backupsFolder(place, "shop"), { recursive: true });
    await writeIndex(place, "shop", { backups: [backupEntry({ stack: platform.stack, database })] });
    await mkdir(join(place.gateway, "gen-1"), { recursive: true });
    await makeCurrent(place, "gen-1");
  });
  afterEach(() => rm(root, { recursive: true }));

  /** What was tried, without Docker: the first of it fails. */
  async function tried(): Promise<string[]> {
    const log = new Log(place.log, { informationTo: "nowhere" });
    const wish = { project: "shop", by: "ann", database: "restore" } as const;
    await assert.rejects(withDockerAt(() => rollback(place, log, wish)));
    const events = (await readFile(place.audit, "utf8")).trimEnd().split("\n");
    return events.map((line) => JSON.parse(line).operation);
  }

  it("MT-17 backs up before anything is touched", async () => {
    assert.deepEqual(await tried(), ["backup", "rollback"]);
  });

  it("RB-11 goes on where the way forward with it is typed again", async () => {
    await describeProject(place, { ...projectOf("shop"), domains: [], database: "shop" });
    const before = await readRecord(place, "shop");
    const [live, standby] = [liveRelease("1"), liveRelease("2", { version: "2.0.0" })];
    const held = { from: "2", to: "1", reason: "operator", text: "ann went back", at: live.since } as const;
    await writeRecord(place, "shop", { ...before, live, standby, held });
    const { backup_id: backup } = backupEntry();
    // Prepared, and swapped in, by a run that was killed then.
    const nonce = `rollback to 2 from ${backup}`;
    const prepared = { project: "shop", database: "shop_restore_1", backup, schemaRevision: "", nonce };
    await writePrepared(place, { ...prepared, preparedAt: live.since });
    const log = new Log(place.log, { informationTo: "nowhere" });
    const wanted = { project: "shop", by: "ann", version: "2.0.0", database: "restore" } as const;
    const typed = (changes: Partial<RollbackRequest> = {}) =>
      withEmptyDocker(() => rollback(place, log, { ...wanted, ...changes }));
    for (const _ of ["typed", "typed again"]) await assert.rejects(typed(), /2\.0\.0 \(release 2\) serves again, but /);
    await assert.rejects(typed({ backup: "backup_20260202_000000" }), /serves already, and nothing is restored/);
  });

  it("MT-17 takes a change back that a killed command left half done before it backs up", async () => {
    await writeAtomic(join(place.gateway, "current", holdPath("shop")), "return 503;\n");
    await openJournal(place, "shop", { upgrade: true });
    assert.deepEqual(await tried(), ["rollback"]);
  });
});

describe("a rollback on the host of what the configuration names, and forward again", () => {
  let root: string;
  let place: Layout;
  const named = liveRelease("2", { version: "2.0.0" });
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-rollback-"));
    place = layout(root);
    await describePlatform(place, platform);
    await describeProject(place, { ...projectOf("shop"), domains: [] });
    await writeRecord(place, "shop", { serial: 1, drainingWorkers: [], live: named, standby: liveRelease("1") });
    await mkdir(join(place.gateway, "gen-1"), { recursive: true });
    await makeCurrent(place, "gen-1");
  });
  afterEach(() => rm(root, { recursive: true }));

  /** Resolves with what serves then, and what traffic is held away from. */
  async function rolledBack(version?: string) {
    const log = new Log(place.log, { informationTo: "nowhere" });
    const wanted = { project: "shop", by: "ann", ...(version !== undefined && { version }) };
    // The traffic moves; what has no containers is then found not well.
    await assert.rejects(
      withEmptyDocker(() => rollback(place, log, wanted)),
      /serves again, but /,
    );
    const record = await readRecord(place, "shop");
    return [record.live?.release, heldThere(record)?.from];
  }

  it("RB-14 leaves no hold with what the configuration names, and goes back from there again", async () => {
    assert.deepEqual(await rolledBack(), ["1", "2"]);
    assert.deepEqual(await rolledBack("2.0.0"), ["2", undefined]);
    assert.deepEqual(await rolledBack(), ["1", "2"]);
  });

  it("RB-11 goes on where either way is typed again, and moves nothing", async () => {
    await rolledBack();
    assert.deepEqual(await rolledBack(), ["1", "2"]);
    await rolledBack("2.0.0");
    assert.deepEqual(await rolledBack("2.0.0"), ["2", undefined]);
  });

  async function refused() {
    const refusal = { exitCode: 2, message: /2\.0\.0 is not running on this host: the standby here is 1\.0\.0/ };
    const log = new Log(place.log, { informationTo: "nowhere" });
    const wanted = { project: "shop", by: "ann", version: "2.0.0" };
    await assert.rejects(rollback(place, log, wanted), refusal);
    await assert.rejects(planRollback(place, log, wanted), refusal);
  }

  it("SC-04 refuses the version that serves where nobody moved anything, and writes nothing down", async () => {
    await refused();
    await assert.rejects(readFile(place.audit), { code: "ENOENT" });
    assert.equal((await readManifest(place, "shop")).current_deployment, null);
  });

  it("SC-04 refuses it where a rollout came after the way forward", async () => {
    await rolledBack();
    await rolledBack("2.0.0");
    const record = await readRecord(place, "shop");
    const rollout = { project: "shop", to: named, gateway: platform.gateway, purpose: "rollout shop 2" };
    await withEmptyDocker(() => switchTraffic(place, rollout, record, (after) => after));
    await refused();
  });

  it("SC-04 goes to the one before where both have the version that is named", async () => {
    await writeRecord(place, "shop", {
      serial: 1,
      drainingWorkers: [],
      live: liveRelease("2"),
      standby: liveRelease("1"),
    });
    assert.deepEqual(await rolledBack("1.0.0"), ["1", "2"]);
  });
});
