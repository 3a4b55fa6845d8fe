import { strict as assert } from "node:assert";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describePlatform, describeProject, platformDescription, projectDescription } from "./description";
import { type Layout, layout } from "./layout";
import { observe } from "./observe";
import { platform, projectOf } from "./platform.fixture";

describe("what a host was told of itself and of a project", () => {
  let root: string;
  let place: Layout;
  let ofProject: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-description-"));
    place = layout(root);
    ofProject = join(place.project("shop"), "description.json");
    await describePlatform(place, platform);
    await describeProject(place, projectOf("shop"));
  });
  afterEach(() => rm(root, { recursive: true }));

  const told = async () => [await platformDescription(place), await projectDescription(place, "shop")];
  const files = () => [place.platform, ofProject];
  const warnings = async () => (await readFile(place.log, "utf8")).match(/WARN: .*/g);
  /** As a preview does. */
  const epochs = async () => {
    const projects = { shop: { release: "", siteSha256: "" } };
    const seen = await observe(place, { stack: platform.stack, configSha256: "", projects });
    return [seen.description, seen.projects.shop?.description];
  };

  const damages: Record<string, (text: string) => string> = {
    "is empty": () => "",
    "is cut short": (text) => text.slice(0, text.length / 2),
    "has another byte": (text) => text.replace("staging", "stagins"),
  };
  for (const [what, damage] of Object.entries(damages)) {
    it(`fault 38 that ${what} counts as it was written last, is named, and is whole again`, async () => {
      await describeProject(place, { ...projectOf("shop"), domains: ["new.test"] });
      const before = await told();
      for (const file of files()) await writeFile(file, damage(await readFile(file, "utf8")));
      assert.deepEqual(await told(), before);
      assert.deepEqual(
        await warnings(),
        files().map((file) => `WARN: ${file} is damaged; its copy, which says the same, takes its place`),
      );
      assert.deepEqual(await told(), before);
      assert.equal((await warnings())?.length, 2);
      assert.deepEqual(await epochs(), [undefined, undefined]);
    });
  }

  it("fault 38 that is damaged together with its copy is named, and the next up writes it anew", async () => {
    for (const file of files()) for (const each of [file, `${file}.copy`]) await writeFile(each, "{ half");
    await assert.rejects(platformDescription(place), { message: new RegExp(`${place.platform} is damaged; an up`) });
    await assert.rejects(projectDescription(place, "shop"), { message: new RegExp(`${ofProject} is damaged; an up`) });
    assert.deepEqual(await epochs(), [1, 1]);
    await describePlatform(place, { ...platform, epoch: 1 });
    await describeProject(place, { ...projectOf("shop"), epoch: 1 });
    assert.deepEqual(await told(), [platform, projectOf("shop")]);
    assert.deepEqual(await epochs(), [1, 1]);
    await writeFile(ofProject, "");
    await writeFile(`${ofProject}.copy`, "");
    assert.deepEqual(await epochs(), [1, 2]);
  });

  it("reads what an earlier version of Slipway wrote, without a checksum and a copy", async () => {
    for (const file of files()) await rm(`${file}.copy`);
    await writeFile(place.platform, `${JSON.stringify(platform, null, 1)}\n`);
    await writeFile(ofProject, `${JSON.stringify(projectOf("shop"), null, 1)}\n`);
    assert.deepEqual(await told(), [platform, projectOf("shop")]);
  });

  it("keeps the secrets of the platform from other users, in every copy", async () => {
    await writeFile(place.platform, "");
    await platformDescription(place).catch(() => undefined);
    const names = (await readdir(place.state)).filter((name) => name.startsWith("platform.json"));
    for (const name of names) assert.equal((await stat(join(place.state, name))).mode & 0o777, 0o600, name);
  });
});
