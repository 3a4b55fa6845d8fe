import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deployBackup } from "./backup/deploy-backup";
import { lastFailure } from "./failure";
import { readIntent, wishOf, writeIntent } from "./intent";
import { type Layout, layout } from "./layout";
import { migratedFor } from "./migrated";
import { readWatch } from "./watch/watch-file";

describe("a file that a host can do without", () => {
  let root: string;
  let place: Layout;
  let folder: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-note-"));
    place = layout(root);
    folder = place.project("shop");
    await mkdir(folder, { recursive: true });
  });
  afterEach(() => rm(root, { recursive: true }));

  const readers: Record<string, () => Promise<unknown>> = {
    "deploy-backup.json": async () => (await deployBackup(place, "shop", "3f2a91c04e")) || undefined,
    "migrated.json": () => migratedFor(place, "shop", "3f2a91c04e"),
    "watch.json": () => readWatch(place, "shop"),
    "failure.json": () => lastFailure(place, "shop"),
    "intent.json": () => readIntent(place, { project: "shop", release: "3f2a91c04e" }),
  };
  const damages = { empty: "", "cut short": '{"release":"3f2a', garbage: "\u0000\u0001", "something else": "[]" };
  for (const [file, read] of Object.entries(readers)) {
    for (const [what, text] of Object.entries(damages)) {
      it(`fault 38 ${file} that is ${what} counts as not there, is named, and is kept aside`, async () => {
        await writeFile(join(folder, file), text);
        assert.equal(await read(), undefined);
        assert.deepEqual(await readdir(folder), [`${file}.damaged`]);
        assert.equal(await readFile(join(folder, `${file}.damaged`), "utf8"), text);
        assert.match(
          await readFile(place.log, "utf8"),
          new RegExp(`WARN: .*/shop/${file} is damaged and counts as not there; it is kept as .*${file}.damaged`),
        );
        assert.equal(await read(), undefined);
      });
    }
  }

  it("fault 38 a deploy whose intent is damaged is what a plain up is, and the next intent is written as ever", async () => {
    await writeFile(join(folder, "intent.json"), "{");
    assert.deepEqual(
      { ...wishOf(await readIntent(place, { project: "shop", release: "3f2a91c04e" })), by: "" },
      { operation: "deploy", force: false, skipBackup: false, by: "", gitSha: "" },
    );
    const at = new Date().toISOString();
    const intent = {
      operation: "deploy" as const,
      force: true,
      skipBackup: false,
      by: "ann",
      gitSha: "",
      run: "20261125-003521-9f3a1c",
      at,
    };
    await writeIntent(place, { ...intent, project: "shop", release: "3f2a91c04e" });
    assert.equal((await readIntent(place, { project: "shop", release: "3f2a91c04e" }))?.force, true);
  });
});
