import { strict as assert } from "node:assert";
import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEpoch, recordFileEpoch, sha256 } from "./file-epoch";
import {
  applyEdit,
  copyGeneration,
  currentFiles,
  currentGeneration,
  isAsEdited,
  makeCurrent,
  pruneGenerations,
} from "./generation";
import { type Layout, layout } from "./layout";

describe("gateway generations", () => {
  let root: string;
  let place: Layout;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-gateway-"));
    place = layout(root);
  });
  afterEach(() => rm(root, { recursive: true }));

  async function generation(name: string, edit: Record<string, string | undefined>): Promise<void> {
    await copyGeneration(place, await currentGeneration(place), name);
    await applyEdit(join(place.gateway, name), edit);
    await makeCurrent(place, name);
  }

  it("PU-10 a file edited by hand in one generation is as it was in every other", async () => {
    await generation("gen-1", { "sites/shop.conf": "shop" });
    await generation("gen-2", { "sites/blog.conf": "blog" });
    await writeFile(join(place.gateway, "gen-2/sites/shop.conf"), "edited");
    await generation("gen-3", { "sites/blog.conf": undefined });
    await writeFile(join(place.gateway, "gen-3/sites/shop.conf"), "edited again");
    const contents = ["gen-1", "gen-2", "gen-3"].map((name) =>
      readFile(join(place.gateway, name, "sites/shop.conf"), "utf8"),
    );
    assert.deepEqual(await Promise.all(contents), ["shop", "edited", "edited again"]);
  });

  it("MT-11 a new generation has unchanged files, too, and leaves the old one as it was", async () => {
    await generation("gen-1", { "nginx.conf": "a", "sites/shop.conf": "shop 1" });
    await generation("gen-2", { "sites/shop.conf": "shop 2" });
    assert.equal(await readlink(join(place.gateway, "current")), "gen-2");
    assert.deepEqual(await currentFiles(place, ["nginx.conf", "sites/shop.conf"]), ["a", "shop 2"]);
    assert.equal(await readFile(join(place.gateway, "gen-1/sites/shop.conf"), "utf8"), "shop 1");
  });

  it("knows whether an edit would change anything, removals included", async () => {
    await generation("gen-1", { "nginx.conf": "a" });
    const folder = join(place.gateway, "gen-1");
    assert.equal(await isAsEdited(folder, { "nginx.conf": "a", "sites/gone.conf": undefined }), true);
    assert.equal(await isAsEdited(folder, { "nginx.conf": "b" }), false);
    assert.equal(await isAsEdited(folder, { "nginx.conf": undefined }), false);
  });

  it("keeps the current generation and five before it", async () => {
    for (let number = 1; number <= 12; number++) await generation(`gen-${number}`, { "nginx.conf": String(number) });
    await pruneGenerations(place);
    const kept = (await readdir(place.gateway)).filter((name) => name.startsWith("gen-")).length;
    assert.equal(kept, 6);
    assert.deepEqual(await currentFiles(place, ["nginx.conf"]), ["12"]);
  });

  it("PU-10 a file edited by hand gets a new epoch until it is written again, and only until then", async () => {
    await generation("gen-1", { "nginx.conf": "right" });
    await recordFileEpoch(place, "nginx.conf", 3);
    assert.equal(await fileEpoch(place, "nginx.conf", sha256("right")), 3);
    await writeFile(join(place.gateway, "gen-1/nginx.conf"), "edited");
    assert.equal(await fileEpoch(place, "nginx.conf", sha256("right")), 4);
    await applyEdit(join(place.gateway, "gen-1"), { "nginx.conf": "right" });
    await recordFileEpoch(place, "nginx.conf", 4);
    assert.equal(await fileEpoch(place, "nginx.conf", sha256("right")), 4);
  });
});
