import { strict as assert } from "node:assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backupEntry } from "../backup/backup-entry.fixture";
import { writeIndex } from "../backup/backup-index";
import { type Layout, layout } from "../layout";
import { deployed, readManifest, writeManifest } from "../manifest";
import { liveRelease } from "../record.fixture";
import { neededImages } from "./needed-images";

const image = (letter: string) => `registry.test/shop@sha256:${letter.repeat(64)}`;

describe("images that a project needs", () => {
  let root: string;
  let place: Layout;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-needed-"));
    place = layout(root);
  });
  afterEach(() => rm(root, { recursive: true }));

  it("MT-14 OV-11 are those of its deployments and of every backup that can be restored, older ones included", async () => {
    const config = liveRelease("3f2a91c04e", { images: { web: image("c") } });
    const deployment = { version: "1.2.0", release: config.release, deployed_at: "", deployed_by: "", git_sha: "" };
    const before = await readManifest(place, "shop");
    await writeManifest(place, deployed(before, { ...deployment, backup: "", images: config.images, config }));
    await writeIndex(place, "shop", {
      backups: [
        backupEntry({ backup_id: "backup_20260101_000000", images: { web: image("a") } }),
        backupEntry({ backup_id: "backup_20260102_000000", images: { web: image("b") }, verified: false }),
      ],
    });
    assert.deepEqual((await neededImages(place, "shop")).sort(), [image("a"), image("c")]);
  });
});
