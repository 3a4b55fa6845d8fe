import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layout } from "../layout";
import { Log } from "../log";
import { backupEntry } from "./backup-entry.fixture";
import { backupsFolder, entryFolder, manifestPath, manifestText, readIndex, writeIndex } from "./backup-index";
import { pruneBackups } from "./prune-backups";
import { sweepBackups } from "./sweep-backups";

describe("the deletion of backups", () => {
  it("SC-07 fault 4 one that ends in the middle of a backup leaves nothing that is listed again, and the next run removes it", async function () {
    if (process.getuid?.() !== 0 || process.platform !== "linux") this.skip();
    const root = await mkdtemp(join(tmpdir(), "slipway-prune-"));
    const place = layout(root);
    const log = new Log(place.log, { informationTo: "nowhere" });
    const old = backupEntry({ backup_id: "backup_20200101_000000", retention_until: "2020-01-08T00:00:00Z" });
    const kept = backupEntry();
    for (const entry of [old, kept]) {
      await mkdir(entryFolder(place, entry), { recursive: true });
      await writeFile(join(entryFolder(place, entry), "database.dump.zst"), "rows");
      await writeFile(manifestPath(place, entry), manifestText(entry));
    }
    await writeIndex(place, "shop", { backups: [old, kept] });
    // The manifest cannot be deleted, the dump can.
    const manifest = manifestPath(place, old);
    execFileSync("mount", ["--bind", manifest, manifest]);
    const moved = `${entryFolder(place, old)}.partial/manifest.json`;
    try {
      await assert.rejects(pruneBackups(place, log, "shop", 1, new Date("2026-06-01T00:00:00Z")), { code: "EBUSY" });
      assert.deepEqual((await readIndex(place, "shop")).backups, [kept]);
    } finally {
      execFileSync("umount", [
        (await readdir(backupsFolder(place, "shop"))).some((n) => n.endsWith(".partial")) ? moved : manifest,
      ]);
    }
    assert.deepEqual((await sweepBackups(place, log, "shop")).backups, [kept]);
    assert.deepEqual(
      (await readdir(backupsFolder(place, "shop"))).sort(),
      [kept.backup_id, "backup_index.json"].sort(),
    );
    await rm(root, { recursive: true });
  });
});
