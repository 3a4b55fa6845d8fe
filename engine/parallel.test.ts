import assert from "node:assert/strict";
import { FakeStack } from "./fake-stack.fixture";

describe("steps one at a time", () => {
  it("after a failure not even the one that waits for its turn begins", async () => {
    const stack = new FakeStack();
    stack.cloud.trouble.a = { create: "no room" };
    const { result } = await stack.up(
      async (program) => {
        await Promise.all([program.thing("a"), program.thing("b")]);
      },
      { parallel: 1 },
    );
    assert.equal(result, "failed");
    assert.deepEqual(stack.steps, ["create a"]);
  });
});
