import assert from "node:assert/strict";
import { FakeStack, type Script } from "./fake-stack.fixture";
import { UNKNOWN } from "./property-value";

const version =
  (x: number): Script =>
  async (program) => {
    const a = await program.thing("a", { x });
    await program.thing("b", { from: a.outputs.out ?? UNKNOWN }, { dependencies: [a.urn] });
  };

describe("a preview", () => {
  it("PU-05 changes nothing, writes nothing, and says what would happen", async () => {
    const stack = new FakeStack();
    await stack.up(version(1));
    const before = stack.state;
    const { changes, snapshot } = await stack.preview(version(2));
    assert.deepEqual(changes, { same: 2, update: 1 });
    assert.deepEqual([stack.changes, stack.written], [[], []]);
    assert.equal(snapshot, before);
    assert.ok(stack.events.every((event) => !("planning" in event) || event.planning));
  });

  it("hands on what is not yet known of a resource to be created, without an id", async () => {
    const stack = new FakeStack();
    const { outputs } = await stack.preview(async (program) => {
      const a = await program.thing("a", { x: 1 });
      assert.deepEqual(a.outputs, { defaulted: "yes", x: 1, out: UNKNOWN });
      assert.equal(a.id, "");
      const b = await program.thing("b", { from: UNKNOWN });
      await program.outputs({ known: 1, unknown: b.outputs.from ?? "" });
    });
    assert.deepEqual(outputs, { known: 1, unknown: UNKNOWN });
  });

  it("of a destroy and of a refresh changes nothing either", async () => {
    const stack = new FakeStack();
    await stack.up(version(1));
    stack.cloud.existing.clear();
    const before = stack.state;
    assert.deepEqual((await stack.run({ kind: "destroy", writer: undefined })).changes, { delete: 3 });
    assert.deepEqual((await stack.run({ kind: "refresh", writer: undefined })).changes, { same: 1, delete: 2 });
    assert.deepEqual([stack.changes, stack.state], [[], before]);
  });
});
