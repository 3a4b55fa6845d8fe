import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Counts, countsText, sum } from "./counts";
import { runMocha } from "./run-mocha";

const ROOT = resolve(__dirname, "../..");

describe("a run of test files", function () {
  this.timeout(30_000);
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-run-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Runs a file of this content, out of sight: its failures are not ours. */
  function result(content: string): Promise<Counts> {
    const file = join(folder, "example.test.ts");
    writeFileSync(file, content);
    return runMocha(ROOT, [file], "ignore");
  }

  async function counts(content: string): Promise<string> {
    return countsText(await result(content));
  }

  it("counts what passed, failed and was skipped", async () => {
    const content = `
      it("passes", () => undefined);
      it("fails", () => { throw new Error("expected"); });
      it.skip("is skipped", () => undefined);
    `;
    assert.equal(await counts(content), "1 passed, 1 failed, 1 skipped");
  });

  it("tells the error of a test and of a hook that failed", async () => {
    const hook = 'describe("a group", () => { before(() => { throw new Error("of the hook"); }); it("t", () => 1); });';
    const { tests = [] } = await result(`it("fails", () => { throw new Error("of the test"); }); ${hook}`);
    const told = tests.map(({ title, error }) => [title, error?.split("\n")[0]]);
    assert.deepEqual(told, [
      ["fails", "Error: of the test"],
      ['"before all" hook for "t"', "Error: of the hook"],
    ]);
  });

  it("has failed when it ended before its tests did, or could not be read", async () => {
    assert.equal(await counts('it("ends the process", () => process.exit(0));'), "0 passed, 1 failed, 0 skipped");
    assert.equal(await counts("this is no program"), "0 passed, 1 failed, 0 skipped");
  });

  it("has failed when a test left something open, and says what", async function () {
    this.timeout(60_000);
    process.env.SLIPWAY_TEST_ENDS_WITHIN_MS = "1000";
    const content = 'it("listens", () => { require("node:net").createServer().listen(0); });';
    assert.equal(await counts(content), "1 passed, 1 failed, 0 skipped");
    delete process.env.SLIPWAY_TEST_ENDS_WITHIN_MS;
  });

  it("adds to the others", () => {
    const all = [
      { passed: 1, failed: 0, skipped: 2 },
      { passed: 3, failed: 1, skipped: 0 },
    ];
    assert.equal(countsText(sum(all)), "4 passed, 1 failed, 2 skipped");
  });
});
