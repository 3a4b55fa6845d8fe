import assert from "node:assert/strict";
import { failedList } from "./failed-list";

describe("the list of what failed", () => {
  const seconds = 1;

  it("names every failed test with its part and its error, and what failed without being a test", () => {
    const list = failedList([
      { name: "tsc", passed: 0, failed: 1, skipped: 0 },
      {
        name: "test/a.test.ts",
        passed: 1,
        failed: 0,
        skipped: 0,
        tests: [{ title: "is well", outcome: "ok", seconds }],
      },
      {
        name: "test/b.test.ts",
        passed: 0,
        failed: 2,
        skipped: 0,
        tests: [
          { title: "MT-05 ends", outcome: "failed", seconds, error: "AssertionError: 1 == 2\n\n    at b.test.ts:7" },
        ],
      },
    ]);
    assert.equal(
      list,
      `
Failed:
  tsc: see above
  test/b.test.ts: MT-05 ends
    AssertionError: 1 == 2

        at b.test.ts:7
  test/b.test.ts: 1 more, see above

`,
    );
  });

  it("is empty where nothing failed, and shows no more than the beginning of a long error", () => {
    const tests = [{ title: "t", outcome: "failed" as const, seconds, error: "line\n".repeat(100) }];
    assert.equal(failedList([{ name: "n", passed: 1, failed: 0, skipped: 0 }]), "");
    assert.equal(failedList([{ name: "n", passed: 0, failed: 1, skipped: 0, tests }]).match(/line/g)?.length, 30);
  });
});
