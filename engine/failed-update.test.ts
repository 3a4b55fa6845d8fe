import assert from "node:assert/strict";
import { FakeStack, type Script } from "./fake-stack.fixture";

const version =
  (x: number): Script =>
  async (program) =>
    void (await program.thing("a", { x }));

describe("a failed update", () => {
  it("keeps the old entry as it was, and may have left something that the state does not know", async () => {
    const stack = new FakeStack();
    await stack.up(version(1));
    const before = stack.resource("a");
    stack.cloud.trouble.a = { update: "refused" };
    await stack.up(version(2));
    assert.deepEqual(stack.resource("a"), before);
    const summary = stack.events.find((event) => event.kind === "summary");
    assert.equal(summary?.maybeCorrupt, true);
  });

  it("that was done in part keeps the new outputs with the old inputs, so that the next run sees the difference", async () => {
    const stack = new FakeStack();
    await stack.up(version(1));
    stack.cloud.trouble.a = { unhealthy: "not ready" };
    await stack.up(version(2));
    const { inputs, outputs, initErrors } = stack.resource("a") ?? {};
    assert.deepEqual([inputs?.x, outputs?.x, initErrors], [1, 2, ["not ready"]]);
    stack.cloud.trouble.a = {};
    const { changes } = await stack.up(version(2));
    assert.deepEqual(changes, { same: 1, update: 1 });
  });
});
