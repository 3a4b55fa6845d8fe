import assert from "node:assert/strict";
import { FakeStack, type Script, type ScriptedProgram } from "./fake-stack.fixture";
import type { OperationType, Snapshot } from "./state";

/** Makes `a` and `b`, which needs it, below a component of Slipway's, or of somebody else's. */
function pair(component: string): Script {
  return async (program: ScriptedProgram) => {
    const { urn: parent } = await program.register({ type: component, name: "group", custom: false });
    const a = await program.thing("a", { name: "a of the test" }, { parent });
    await program.thing("b", {}, { parent, dependencies: [a.urn] });
  };
}
const both = pair("slipway:test:Group");
const none: Script = async () => {};

/** The state that a kill during an operation on `name` leaves; the effect itself took place. */
async function killedWhile(stack: FakeStack, type: OperationType, name: string, script: Script): Promise<void> {
  let left: Snapshot | undefined;
  stack.onWrite = (snapshot) => {
    const isBegun = snapshot.pendingOperations.some(
      (operation) => operation.type === type && operation.resource.urn.endsWith(`::${name}`),
    );
    if (isBegun) left ??= snapshot;
  };
  await stack.up(script);
  stack.onWrite = () => {};
  assert.ok(left, `nothing was ${type} ${name}`);
  stack.state = left;
}

describe("PU-06 what a killed run had begun with Slipway's own resources", () => {
  it("a create that took place is undone and made again: one thing exists, nothing is pending", async () => {
    const stack = new FakeStack();
    await killedWhile(stack, "creating", "a", both);
    assert.equal(stack.cloud.existing.size, 2);
    stack.cloud.existing.delete("b-2");
    const result = await stack.up(both);
    assert.equal(result.result, "succeeded");
    assert.deepEqual(stack.changes, ["delete a", "create a", "create b"]);
    assert.deepEqual([...stack.cloud.existing.keys()], ["a-3", "b-4"]);
    assert.deepEqual(stack.state.pendingOperations, []);
  });

  it("a create is undone also when the program does not want it any more", async () => {
    const stack = new FakeStack();
    await killedWhile(stack, "creating", "a", both);
    stack.cloud.existing.delete("b-2");
    await stack.up(none);
    assert.deepEqual([...stack.cloud.existing.keys()], []);
    assert.deepEqual(stack.state.pendingOperations, []);
  });

  it("a delete is done again, and what the program wants again is made anew", async () => {
    const stack = new FakeStack();
    await stack.up(both);
    await killedWhile(stack, "deleting", "b", none);
    await stack.up(both);
    assert.deepEqual(stack.changes.slice(0, 2), ["delete b", "create b"]);
    assert.deepEqual(stack.state.pendingOperations, []);
    const again = await stack.up(both);
    assert.deepEqual(Object.keys(again.changes), ["same"]);
  });

  it("a delete is done again once, when it is still what the program wants", async () => {
    const stack = new FakeStack();
    await stack.up(both);
    await killedWhile(stack, "deleting", "b", none);
    await stack.up(none);
    assert.deepEqual(stack.changes, ["delete b", "delete a"]);
    assert.equal(stack.resource("b"), undefined);
  });

  it("a create that the state has meanwhile as live is only forgotten", async () => {
    const stack = new FakeStack();
    await killedWhile(stack, "creating", "a", both);
    const { pendingOperations } = stack.state;
    stack.cloud.existing.clear();
    await stack.up(both);
    stack.state = { ...stack.state, pendingOperations };
    await stack.up(both);
    assert.deepEqual(stack.changes, []);
    assert.deepEqual(stack.state.pendingOperations, []);
  });

  it("what cannot be settled is warned of, and stays pending", async () => {
    const stack = new FakeStack();
    await killedWhile(stack, "creating", "a", both);
    stack.cloud.trouble.a = { delete: "is in use" };
    await stack.up(none);
    assert.deepEqual(
      stack.state.pendingOperations.map(({ type }) => type),
      ["creating"],
    );
    const warnings = stack.events.filter((event) => event.kind === "diagnostic" && event.severity === "warning");
    assert.match(JSON.stringify(warnings), /is in use/);
  });

  it("a preview settles nothing", async () => {
    const stack = new FakeStack();
    await killedWhile(stack, "creating", "a", both);
    await stack.preview(both);
    assert.deepEqual(stack.changes, []);
  });
});

it("an operation on somebody else's resource stays pending, as with Pulumi's own engine", async () => {
  const stack = new FakeStack();
  await killedWhile(stack, "creating", "a", pair("other:test:Group"));
  await stack.up(none);
  assert.deepEqual(stack.changes, []);
  assert.equal(stack.state.pendingOperations.length, 1);
});
