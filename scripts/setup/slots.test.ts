import assert from "node:assert/strict";
import { Slots } from "./slots";

describe("slots", () => {
  it("let so many actions run at a time and every one in its turn, also after a failure", async () => {
    const slots = new Slots(2);
    const started: number[] = [];
    let running = 0;
    let most = 0;
    const action = (number: number) => async () => {
      started.push(number);
      most = Math.max(most, ++running);
      await new Promise((done) => setImmediate(done));
      running--;
      if (number === 1) throw new Error("failed");
      return number;
    };
    const results = await Promise.allSettled([0, 1, 2, 3, 4].map((number) => slots.run(action(number))));
    assert.deepEqual(started, [0, 1, 2, 3, 4]);
    assert.equal(most, 2);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled", "fulfilled", "fulfilled"],
    );
  });
});
