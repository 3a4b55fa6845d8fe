import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backupEntry } from "../backup/backup-entry.fixture";
import { type BackupEntry, backupsFolder, manifestText, writeIndex } from "../backup/backup-index";
import { describePlatform } from "../description";
import { type Layout, layout } from "../layout";
import { platform } from "../platform.fixture";
import { findBackup } from "./find-backup";

describe("the backup that an operator means", () => {
  let root: string;
  let place: Layout;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-find-"));
    place = layout(root);
    await describePlatform(place, platform);
    await mkdir(backupsFolder(place, "shop"), { recursive: true });
  });
  afterEach(() => rm(root, { recursive: true }));

  const entry = (backup_id: string, status: BackupEntry["status"] = "verified") =>
    backupEntry({ backup_id, stack: platform.stack, status, verified: status === "verified", note: "why" });
  const good = entry("backup_20260101_010000");
  const half = entry("backup_20260101_020000", "changing");
  const found = async (named: string) => (await findBackup(place, "shop", named)).entry.backup_id;

  it("SC-09 MT-17 is never one of half changed data as the latest, and is it by its id", async () => {
    await writeIndex(place, "shop", { backups: [good, half] });
    assert.equal(await found("latest"), good.backup_id);
    assert.equal(await found(half.backup_id), half.backup_id);
  });

  it("SC-09 is none that is damaged or suspicious", async () => {
    const others = [entry("backup_20260101_030000", "failed"), entry("backup_20260101_040000", "suspicious")];
    await writeIndex(place, "shop", { backups: [good, ...others] });
    for (const { backup_id, status } of others) {
      await assert.rejects(found(backup_id), { exitCode: 2, message: `shop: backup ${backup_id} is ${status}: why` });
    }
  });

  it("SC-09 RB-10 is none, by a path, whose manifest is damaged: exit code 2, and the file is named", async () => {
    const folder = join(backupsFolder(place, "shop"), good.backup_id);
    const manifest = join(folder, "manifest.json");
    await mkdir(folder);
    await writeFile(manifest, manifestText(good));
    for (const path of [folder, join(folder, "database.dump.zst")]) assert.equal(await found(path), good.backup_id);
    for (const text of ["", manifestText(good).slice(0, 40), "[]", "null", "{}"]) {
      await writeFile(manifest, text);
      for (const path of [folder, manifest]) {
        await assert.rejects(found(path), {
          name: "DamagedBackupError",
          exitCode: 2,
          message: `${manifest} is damaged: it does not tell of a backup; nothing was touched`,
        });
      }
    }
  });
});
