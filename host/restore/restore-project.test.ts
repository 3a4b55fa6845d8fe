import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backupEntry } from "../backup/backup-entry.fixture";
import { backupsFolder, writeIndex } from "../backup/backup-index";
import { describePlatform, describeProject } from "../description";
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
