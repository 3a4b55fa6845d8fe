import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { rotate } from "./rotated-file";

/** Appends numbered lines of its own, and rotates every few of them. */
const WRITER = `
const { appendFileSync } = require("node:fs");
const { rotate } = require("./host/rotated-file");
const [path, name, kept] = process.argv.slice(1);
for (let line = 0; line < 400; line++) {
  rotate(path, { bytes: 300, kept: Number(kept) });
  appendFileSync(path, name + " " + line + "\\n");
}`;

describe("a log file that is rotated", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-rotate-"));
    path = join(folder, "a.log");
  });
  afterEach(() => rm(folder, { recursive: true }));

  const writers = (names: string[], kept: number) =>
    Promise.all(
      names.map((name) => {
        const args = ["-r", "ts-node/register/transpile-only", "-e", WRITER, path, name, String(kept)];
        return promisify(execFile)(process.execPath, args);
      }),
    );

  it("stays as it is below its size, and where it is not there", async () => {
    rotate(path, { bytes: 4, kept: 2 });
    await writeFile(path, "abc");
    rotate(path, { bytes: 4, kept: 2 });
    assert.deepEqual(await readdir(folder), ["a.log"]);
  });

  it("is put aside at its size; the oldest of those go, and nothing else", async () => {
    await writeFile(join(folder, "a.log.mine"), "");
    for (const second of [1, 2, 3]) {
      await writeFile(path, `full ${second}`);
      rotate(path, { bytes: 4, kept: 2 }, new Date(second * 1000));
    }
    const [first, other, ...more] = (await readdir(folder)).sort();
    assert.match(String(first), /^a\.log\.19700101T000002000Z-\d+-\d+$/);
    assert.match(String(other), /^a\.log\.19700101T000003000Z-\d+-\d+$/);
    assert.deepEqual(more, ["a.log.mine"]);
    assert.equal(await readFile(join(folder, other as string), "utf8"), "full 3");
  });

  it("loses no line of processes that append and rotate at the same time", async function () {
    this.timeout(60_000);
    await writers(["a", "b", "c"], 10_000);
    const files = await readdir(folder);
    const texts = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
    const lines = texts.flatMap((text) => text.trimEnd().split("\n"));
    assert.equal(lines.length, 1200);
    assert.equal(new Set(lines).size, 1200);
    assert.ok(files.length > 20, `${files.length} files`);
  });

  it("leaves no more files than are kept, whoever rotates", async function () {
    this.timeout(60_000);
    await writers(["a", "b", "c"], 3);
    const aside = (await readdir(folder)).filter((name) => name !== "a.log");
    assert.ok(aside.length >= 3 && aside.length <= 5, aside.join(" "));
  });
});
