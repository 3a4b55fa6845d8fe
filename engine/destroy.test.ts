import assert from "node:assert/strict";
import { FakeStack } from "./fake-stack.fixture";

describe("a destroy", () => {
  it("PU-08 deletes everything without the program, with the configuration that the state has", async () => {
    const stack = new FakeStack();
    await stack.up(
      async (program) => {
        const group = await program.component("group");
        await program.thing("a", {}, { parent: group.urn });
      },
      { config: { "fake:region": "here" } },
    );
    const { changes, outputs } = await stack.run({ kind: "destroy" });
    assert.deepEqual(changes, { delete: 3 });
    assert.deepEqual(stack.state.resources, []);
    assert.equal(outputs, undefined);
    assert.equal(stack.cloud.calls[0], 'configure {"region":"here","version":"1.0.0"}');
  });

  it("keeps what could not be deleted and everything that it needs", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => {
      const a = await program.thing("a");
      await program.thing("b", {}, { dependencies: [a.urn] });
    });
    stack.cloud.trouble.b = { delete: "in use" };
    assert.equal((await stack.run({ kind: "destroy" })).result, "failed");
    assert.deepEqual(stack.changes, ["delete b"]);
    assert.deepEqual(stack.state.resources.length, 4);
    assert.deepEqual(stack.errors, ["in use", "update failed"]);
  });

  it("goes on where the process was killed", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => {
      await program.thing("a");
      await program.thing("b");
    });
    const snapshots: FakeStack["state"][] = [];
    stack.onWrite = (snapshot) => snapshots.push(snapshot);
    const before = stack.state;
    await stack.run({ kind: "destroy" });
    const deleting = snapshots.find(({ pendingOperations }) => pendingOperations.length > 0);
    assert.ok(deleting);
    stack.state = { ...deleting, resources: before.resources };
    await stack.run({ kind: "destroy" });
    assert.deepEqual(stack.state, { resources: [], pendingOperations: [] });
  });
});
