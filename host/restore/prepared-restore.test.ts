import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Layout, layout } from "../layout";
import {
  forgetPrepared,
  type PreparedRestore,
  readPrepared,
  unprepare,
  usedNonces,
  writePrepared,
} from "./prepared-restore";

const prepared: PreparedRestore = {
  project: "shop",
  database: "shop_restore_20260304_050607",
  backup: "backup_20260304_050000",
  schemaRevision: "0001",
  nonce: "second",
  preparedAt: "2026-03-04T05:06:07Z",
};

describe("a database that waits to be swapped in, and the restores that were done", () => {
  let root: string;
  let place: Layout;
  let files: string[];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-prepared-"));
    place = layout(root);
    files = ["prepared-restore.json", "restore-nonces.json"].map((name) => join(place.project("shop"), name));
    await writePrepared(place, { ...prepared, nonce: "first", database: "shop_restore_20260303_050607" });
    await writePrepared(place, prepared);
  });
  afterEach(() => rm(root, { recursive: true }));

  const known = async () => [await readPrepared(place, "shop"), await usedNonces(place, "shop")];

  const damages: Record<string, (text: string) => string> = {
    "are empty": () => "",
    "are cut short": (text) => text.slice(0, text.length / 2),
    "have another byte": (text) => text.replace("second", "secood"),
  };
  for (const [what, damage] of Object.entries(damages)) {
    it(`PU-11 fault 38 that ${what} count as they were written last, and are named`, async () => {
      for (const file of files) await writeFile(file, damage(await readFile(file, "utf8")));
      assert.deepEqual(await known(), [prepared, ["first", "second"]]);
      const logged = await readFile(place.log, "utf8");
      for (const file of files) assert.ok(logged.includes(`WARN: ${file} is damaged; its copy`), logged);
    });
  }

  it("PU-11 fault 38 that are damaged with their copies are never taken for done or undone: each says what to do", async () => {
    for (const file of files) for (const each of [file, `${file}.copy`]) await writeFile(each, "{ half");
    const [database, nonces] = files as [string, string];
    await assert.rejects(readPrepared(place, "shop"), {
      message: `${database} is damaged; move it away, and begin the rollback again; a restore that the stack's file names needs a new nonce then`,
    });
    await assert.rejects(usedNonces(place, "shop"), {
      message: `${nonces} is damaged; which restores were done is not known any more: take \`restore\` out of the stack's file, and move the file away`,
    });
  });

  it("PU-11 are forgotten with their copies, and a nonce is free again where its database is no longer what it was", async () => {
    await unprepare(place, "shop", prepared.database);
    assert.deepEqual(await known(), [undefined, ["first"]]);
    await writePrepared(place, prepared);
    await forgetPrepared(place, "shop");
    assert.deepEqual(await known(), [undefined, ["first", "second"]]);
  });

  it("PU-11 are read as an earlier version of Slipway wrote them, without a checksum and a copy", async () => {
    const [database, nonces] = files as [string, string];
    for (const file of files) await rm(`${file}.copy`, { force: true });
    await writeFile(database, `${JSON.stringify(prepared, null, 1)}\n`);
    await writeFile(nonces, '[\n "first"\n]\n');
    assert.deepEqual(await known(), [prepared, ["first"]]);
    await writePrepared(place, prepared);
    assert.deepEqual(await known(), [prepared, ["first", "second"]]);
  });
});
