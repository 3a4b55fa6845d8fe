import assert from "node:assert/strict";
import { allEnded } from "./all-ended";

describe("work side by side", () => {
  it("has the results of all", async () => {
    const [number, text] = await allEnded([Promise.resolve(1), Promise.resolve("a")]);
    assert.deepEqual([number + 1, text.length], [2, 1]);
  });

  it("fails with the first error when all have ended", async () => {
    let ended = false;
    const late = new Promise<void>((_, fail) =>
      setTimeout(() => {
        ended = true;
        fail(new Error("late"));
      }, 20),
    );
    await assert.rejects(allEnded([late, Promise.reject(new Error("early"))]), /^Error: early$/);
    assert.ok(ended);
  });
});
