import assert from "node:assert/strict";
import { resolve } from "node:path";
import { testFiles } from "./test-files";

const ROOT = resolve(__dirname, "../..");

describe("the test files", () => {
  it("are the fast ones beside the code and those on a real engine, without the recorded scenarios", () => {
    const { fast, behaviour } = testFiles(ROOT, []);
    assert.ok(fast.includes("scripts/test/test-files.test.ts"));
    assert.ok(behaviour.includes("test/setup.test.ts"));
    assert.ok(behaviour.includes("test/golden/scenarios.test.ts"));
    assert.ok(!behaviour.some((file) => file.startsWith("test/golden/scenarios/")));
  });

  it("can be chosen by a part of their path", () => {
    assert.deepEqual(testFiles(ROOT, ["test-files", "test/setup"]), {
      fast: ["scripts/test/test-files.test.ts"],
      behaviour: ["test/setup.test.ts"],
    });
    assert.deepEqual(testFiles(ROOT, ["no such file"]), { fast: [], behaviour: [] });
  });
});
