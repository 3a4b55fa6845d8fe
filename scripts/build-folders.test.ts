import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

describe("the folders of builds", () => {
  let work: string;
  beforeEach(() => {
    work = mkdtempSync(join(tmpdir(), "slipway-builds-"));
  });
  afterEach(() => rmSync(work, { recursive: true }));

  /** What `build.mjs` does after it compiled. */
  function built(id: string): void {
    mkdirSync(join(work, "builds", id), { recursive: true });
    const script = `
      import { makeCurrent, removeOld } from ${JSON.stringify(join(__dirname, "build-folders.mjs"))};
      makeCurrent(${JSON.stringify(work)}, ${JSON.stringify(id)});
      removeOld(${JSON.stringify(work)});`;
    execFileSync(process.execPath, ["--input-type=module", "--eval", script], { stdio: "pipe" });
  }
  /** As if nothing had been done to a build for so long. */
  function aged(id: string, hours: number): void {
    const time = new Date(Date.now() - hours * 3600_000);
    utimesSync(join(work, "builds", id), time, time);
  }

  it("one is kept for hours after it was replaced, however old: commands still run from it", () => {
    built("1");
    aged("1", 100);
    built("2");
    assert.deepEqual(readdirSync(join(work, "builds")), ["1", "2"]);
    assert.equal(readlinkSync(join(work, "build")), "builds/2");
    aged("1", 7);
    aged("2", 100);
    built("3");
    assert.deepEqual(readdirSync(join(work, "builds")), ["2", "3"]);
  });
});
