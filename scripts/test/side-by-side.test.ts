import assert from "node:assert/strict";
import { resolve } from "node:path";
import { apart, measuring, sideBySide } from "./side-by-side";
import { testFiles } from "./test-files";

describe("test files side by side", () => {
  it("are apart but for those that use the same names, the largest first", () => {
    const files = ["test/a.test.ts", "test/golden/b.test.ts", "test/c.test.ts", "test/golden/d.test.ts"];
    const sizeOf = (file: string) => (file === "test/c.test.ts" ? 30 : 10);
    assert.deepEqual(apart(files, sizeOf), [
      ["test/c.test.ts"],
      ["test/golden/b.test.ts", "test/golden/d.test.ts"],
      ["test/a.test.ts"],
    ]);
  });

  it("are beside none where they measure", () => {
    const { alone, others } = measuring(testFiles(resolve(__dirname, "../.."), []).behaviour);
    assert.equal(alone.length, 2, "a name in the list is no file's");
    assert.ok(!others.includes("test/noisy-neighbour.test.ts") && others.includes("test/watch.test.ts"));
  });

  it("run as many at a time as asked for, and are answered in their order", async () => {
    const running = new Set<string>();
    let most = 0;
    const results = await sideBySide({ least: 2, most: 2 }, [["a", "b"], ["c"], ["d"]], async (file) => {
      running.add(file);
      assert.ok(!(running.has("a") && running.has("b")), "of one list, one at a time");
      most = Math.max(most, running.size);
      await new Promise((done) => setTimeout(done, file === "a" ? 20 : 1));
      running.delete(file);
      return file.toUpperCase();
    });
    assert.deepEqual(results, ["A", "B", "C", "D"]);
    assert.equal(most, 2);
  });

  it("start no more after an error, which is thrown when those that run have ended", async () => {
    const ended: string[] = [];
    const run = sideBySide({ least: 2, most: 2 }, [["slow"], ["broken", "next"], ["later"]], async (file) => {
      if (file === "broken") throw new Error("of broken");
      await new Promise((done) => setTimeout(done, 10));
      ended.push(file);
    });
    await assert.rejects(run, /of broken/);
    assert.deepEqual(ended, ["slow"]);
  });
});
