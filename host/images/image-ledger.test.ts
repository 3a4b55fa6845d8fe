import { strict as assert } from "node:assert";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeProject } from "../description";
import { withEmptyDocker } from "../empty-docker.fixture";
import { type Layout, layout } from "../layout";
import { Log } from "../log";
import { projectOf } from "../platform.fixture";
import { writeRecord } from "../record";
import { liveRelease } from "../record.fixture";
import { readLedger, rememberImages } from "./image-ledger";
import { pruneImages } from "./prune-images";

const image = (letter: string) => `registry.test/shop@sha256:${letter.repeat(64)}`;

describe("the ledger of a project's images", () => {
  let root: string;
  let place: Layout;
  let path: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-ledger-"));
    place = layout(root);
    path = join(place.project("shop"), "images.json");
    for (const letter of ["a", "b"]) await rememberImages(place, "shop", { web: image(letter) });
  });
  afterEach(() => rm(root, { recursive: true }));

  const noted = async () => (await readLedger(place, "shop")).used.map(({ reference }) => reference);
  const logged = () => readFile(place.log, "utf8");

  const damages: Record<string, (text: string) => string> = {
    "is empty": () => "",
    "is cut short": (text) => text.slice(0, text.length / 2),
    "has another byte": (text) => text.replace("shop", "shoq"),
  };
  for (const [what, damage] of Object.entries(damages)) {
    it(`fault 38 that ${what} counts as it was before, with a warning, and a deploy goes on`, async () => {
      await writeFile(path, damage(await readFile(path, "utf8")));
      assert.deepEqual(await noted(), [image("a")]);
      assert.match(await logged(), /WARN: .*\/shop\/images\.json is damaged; what it said before counts/);
      await rememberImages(place, "shop", { web: image("c") });
      assert.deepEqual(await noted(), [image("a"), image("c")]);
    });
  }

  it("fault 38 of which nothing is left counts as empty, is named and kept aside, and is written as ever", async () => {
    for (const file of [path, `${path}.before`]) await writeFile(file, "{ half");
    assert.deepEqual(await readLedger(place, "shop"), { used: [], backups: [] });
    assert.match(await logged(), /WARN: .*images\.json is damaged and counts as not there; it is kept as .*\.damaged/);
    assert.ok((await readdir(place.project("shop"))).includes("images.json.damaged"));
    await rememberImages(place, "shop", { web: image("c") });
    assert.deepEqual(await noted(), [image("c")]);
  });

  it("OV-11 fault 38 of another project that was lost lets no image go which that project serves", async () => {
    await rememberImages(place, "shop", { web: image("c") });
    for (const name of ["shop", "blog"]) await describeProject(place, projectOf(name));
    await writeRecord(place, "shop", { serial: 1, drainingWorkers: [], live: live("c") });
    await writeRecord(place, "blog", { serial: 1, drainingWorkers: [], live: live("a") });
    await writeFile(join(place.project("blog"), "images.json"), "");
    const log = new Log(place.log, { informationTo: "nowhere" });
    await withEmptyDocker(() => pruneImages(place, log, { project: "shop", keep: 1, needed: [image("c")] }));
    assert.deepEqual(await noted(), [image("a"), image("c")]);
  });

  it("reads what an earlier version of Slipway wrote, without a checksum", async () => {
    const used = [{ service: "web", reference: image("d"), lastUsed: "2030-01-01T00:00:00Z" }];
    await writeFile(path, `${JSON.stringify({ used, backups: [] }, null, 1)}\n`);
    assert.deepEqual(await readLedger(place, "shop"), { used, backups: [] });
  });

  const live = (letter: string) => liveRelease("3f2a91c04e", { images: { web: image(letter) } });
});
