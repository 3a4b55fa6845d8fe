import assert from "node:assert/strict";
import { FakeStack, thing } from "./fake-stack.fixture";
import type { Snapshot } from "./state";

/** What a run left that was killed while `slow` was made and `a` updated. */
async function killed(): Promise<FakeStack> {
  const stack = new FakeStack();
  await stack.up(async (program) => void (await program.thing("a")));
  const killedAt: Snapshot[] = [];
  stack.onWrite = (snapshot) => killedAt.push(snapshot);
  await stack.up(async (program) => {
    await Promise.all([program.thing("a", { x: 1 }), program.thing("slow")]);
  });
  stack.onWrite = () => {};
  const both = killedAt.find(({ pendingOperations }) => pendingOperations.length === 2);
  assert.ok(both, "both operations were pending at once");
  stack.state = both;
  return stack;
}

describe("a pending create", () => {
  it("PU-06 is warned of and carried along by later runs, which finish what was not made", async () => {
    const stack = await killed();
    const { result, changes } = await stack.up(async (program) => {
      await program.thing("a", { x: 1 });
      await program.thing("slow");
    });
    assert.equal(result, "succeeded");
    assert.deepEqual(changes, { same: 1, update: 1, create: 1 });
    const [warning] = stack.events.filter((event) => event.kind === "diagnostic");
    assert.match(
      warning?.message ?? "",
      /2 pending operations.*a, interrupted while updating.*slow, interrupted while creating/s,
    );
    assert.deepEqual(
      stack.state.pendingOperations.map(({ type, resource }) => [type, resource.urn]),
      [["creating", thing("slow")]],
    );
  });

  it("goes with an update that is told to clear it, once that has succeeded", async () => {
    const stack = await killed();
    stack.cloud.trouble.slow = { create: "no room" };
    await stack.up(async (program) => void (await program.thing("slow")), { clearPendingCreates: true });
    assert.equal(stack.state.pendingOperations.length, 1);
    stack.cloud.trouble.slow = {};
    await stack.up(async (program) => void (await program.thing("slow")), { clearPendingCreates: true });
    assert.equal(stack.state.pendingOperations.length, 0);
  });

  it("stays after a refresh, and goes with clearPendingCreates", async () => {
    const stack = await killed();
    await stack.run({ kind: "refresh" });
    assert.equal(stack.state.pendingOperations.length, 1);
    await stack.run({ kind: "refresh", clearPendingCreates: true });
    assert.equal(stack.state.pendingOperations.length, 0);
    assert.equal(stack.written.length, 1);
  });
});
