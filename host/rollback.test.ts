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
import { makeCurrent } from "./generation";
import { type Layout, layout } from "./layout";
import { holdPath } from "./left-held";
import { Log } from "./log";
import { platform, projectOf } from "./platform.fixture";
import { writeRecord } from "./record";
import { liveRelease } from "./record.fixture";
import { rollback } from "./rollback";

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

  it("MT-17 takes a change back that a killed command left half done before it backs up", async () => {
    await writeAtomic(join(place.gateway, "current", holdPath("shop")), "return 503;\n");
    await openJournal(place, "shop", { upgrade: true });
    assert.deepEqual(await tried(), ["rollback"]);
  });
});
