import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backupEntry } from "../backup/backup-entry.fixture";
import { type BackupEntry, backupsFolder, entryFolder, writeIndex } from "../backup/backup-index";
import { ContractError } from "../contract-error";
import { describePlatform, describeProject } from "../description";
import { withEmptyDocker } from "../empty-docker.fixture";
import { type Layout, layout } from "../layout";
import { Log } from "../log";
import { platform, projectOf } from "../platform.fixture";
import { type RestoreWish, restoreProject } from "./restore-project";

describe("a restore of a backup with a volume that nothing of the project mounts any more", () => {
  let root: string;
  let place: Layout;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-restore-"));
    place = layout(root);
    await describePlatform(place, platform);
    await describeProject(place, projectOf("shop"));
    await mkdir(backupsFolder(place, "shop"), { recursive: true });
    await writeIndex(place, "shop", { backups: [backupEntry({ stack: platform.stack, volumes: ["uploads"] })] });
  });
  afterEach(() => rm(root, { recursive: true }));

  /** What it would do, without doing it. */
  async function planned(wish: Pick<RestoreWish, "parts" | "allParts">): Promise<string> {
    const log = new Log(place.log, { informationTo: "nowhere" });
    await restoreProject(place, log, { project: "shop", backup: "latest", by: "ann", dryRun: true, ...wish });
    return readFile(place.log, "utf8");
  }

  it("leaves that one out, with a warning, and does the rest", async () => {
    const text = await planned({ parts: ["database", "volumes", "images", "configuration"] });
    assert.match(text, /WARN.*: shop: volume uploads is left out: nothing of the project mounts it any more$/m);
    assert.match(text, /configuration: generated files are put beside/);
    assert.doesNotMatch(text, /archived files take their place/);
  });

  it("is refused where volumes were asked for by name", async () => {
    await assert.rejects(planned({ parts: ["volumes"], allParts: true }), /shop has no volume uploads any more/);
  });
});

describe("a restore by hand in the audit log and in the metrics", () => {
  let root: string;
  let place: Layout;
  let backup: BackupEntry;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-restore-"));
    place = layout(root);
    await describePlatform(place, platform);
    await describeProject(place, projectOf("shop"));
    backup = backupEntry({ stack: platform.stack });
    await mkdir(join(entryFolder(place, backup), "configuration"), { recursive: true });
    await writeIndex(place, "shop", { backups: [backup] });
  });
  afterEach(() => rm(root, { recursive: true }));

  const restored = (verify?: () => Promise<void>) => {
    const log = new Log(place.log, { informationTo: "nowhere" });
    const wish: RestoreWish = { project: "shop", backup: backup.backup_id, parts: ["configuration"], by: "ann" };
    return withEmptyDocker((engine) => {
      engine.containers = [platform.postgres];
      return restoreProject(place, log, wish, verify);
    });
  };
  const events = async () =>
    (await readFile(place.audit, "utf8"))
      .trim()
      .split("\n")
      .map((line) => {
        const { operation, from, result, reason } = JSON.parse(line);
        return [operation, from, result, reason];
      });
  const counted = async () => (await readFile(place.metrics, "utf8")).match(/^slipway_restores_total.*/gm);

  it("SC-15 is one event, after it was looked at: a success", async () => {
    let isLookedAt = false;
    await restored(async () => {
      await assert.rejects(readFile(place.audit));
      isLookedAt = true;
    });
    assert.ok(isLookedAt);
    assert.deepEqual(await events(), [["restore", backup.backup_id, "success", undefined]]);
    assert.deepEqual(await counted(), ['slipway_restores_total{project="shop",result="success"} 1']);
  });

  it("SC-15 MT-21 is one event: a failure, where the release is not well with what was restored", async () => {
    const wrong = new ContractError("key table orders: it is not there", 1);
    await assert.rejects(
      restored(async () => {
        throw wrong;
      }),
      wrong,
    );
    assert.deepEqual(await events(), [["restore", backup.backup_id, "failure", wrong.message]]);
    assert.deepEqual(await counted(), ['slipway_restores_total{project="shop",result="failure"} 1']);
  });
});
