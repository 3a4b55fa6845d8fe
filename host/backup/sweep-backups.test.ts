import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layout } from "../layout";
import { Log } from "../log";
import { backupEntry } from "./backup-entry.fixture";
import { entryFolder, indexPath, manifestPath, manifestText, readIndex, writeIndex } from "./backup-index";
import { sweepBackups } from "./sweep-backups";

describe("the sweep before a backup", () => {
  it("SC-06 fault 4 goes on where a manifest is damaged, with the index and without it", async () => {
    const root = await mkdtemp(join(tmpdir(), "slipway-sweep-"));
    const place = layout(root);
    const log = new Log(place.log, { informationTo: "nowhere" });
    const damaged = backupEntry({ backup_id: "backup_20260102_000000" });
    const whole = backupEntry();
    for (const entry of [whole, damaged]) await mkdir(entryFolder(place, entry), { recursive: true });
    await writeFile(manifestPath(place, whole), manifestText(whole));
    await writeFile(manifestPath(place, damaged), manifestText(damaged).slice(0, 40));

    await writeIndex(place, "shop", { backups: [] });
    assert.deepEqual((await sweepBackups(place, log, "shop")).backups, [whole]);
    await rm(indexPath(place, "shop"));
    assert.deepEqual((await readIndex(place, "shop")).backups, [whole]);
    await rm(root, { recursive: true });
  });
});
