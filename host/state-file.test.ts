import { strict as assert } from "node:assert";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Layout, layout } from "./layout";
import { readState, writeState } from "./state-file";

describe("a file of state", () => {
  let place: Layout;
  let root: string;
  let path: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-state-"));
    place = layout(root);
    path = join(root, "record.json");
    await writeState(path, { serial: 1, live: "old" });
    await writeState(path, { serial: 2, live: "new" });
  });
  afterEach(() => rm(root, { recursive: true }));

  const read = () => readState(place, path);
  const content = () => readFile(path, "utf8");

  it("reads back what was written last, and nothing where nothing ever was", async () => {
    assert.deepEqual(await read(), { serial: 2, live: "new" });
    assert.equal(await readState(place, join(root, "other.json")), undefined);
    assert.deepEqual((await readdir(root)).sort(), ["record.json", "record.json.before"]);
  });

  const damages: Record<string, (text: string) => string> = {
    "is empty": () => "",
    "is cut short": (text) => text.slice(0, text.length / 2),
    "has another byte": (text) => text.replace("new", "now"),
    "is something else": () => "[]\n",
  };
  for (const [what, damage] of Object.entries(damages)) {
    it(`fault 38 that ${what} counts as what it said before, with a warning`, async () => {
      await writeFile(path, damage(await content()));
      assert.deepEqual(await read(), { serial: 1, live: "old" });
      assert.match(await readFile(place.log, "utf8"), /WARN.*: .*record\.json is damaged; what it said before counts/);
    });
  }

  it("fault 38 that is damaged never takes the place of the good one before it", async () => {
    await writeFile(path, "{");
    await writeState(path, { serial: 3 });
    await writeFile(path, "{");
    assert.deepEqual(await read(), { serial: 1, live: "old" });
  });

  it("fault 38 that is damaged together with the one before it is named, with what to do", async () => {
    for (const file of [path, `${path}.before`]) await writeFile(file, "{");
    await assert.rejects(read(), new RegExp(`${path} is damaged; move it away, and the next deploy writes it anew`));
  });

  it("may be edited by hand, without its checksum", async () => {
    await writeFile(path, (await content()).replace(/,\s*"sha256": "[0-9a-f]+"/, "").replace("new", "now"));
    assert.deepEqual(await read(), { serial: 2, live: "now" });
  });
});
