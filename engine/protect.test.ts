import assert from "node:assert/strict";
import { FakeStack, type Script, thing } from "./fake-stack.fixture";

const data =
  (inputs: Record<string, number>, protect = true): Script =>
  async (program) => {
    await program.thing("data", inputs, { protect });
    await program.thing("other");
  };

describe("protect", () => {
  it("refuses a delete, says how to allow it, and does the other deletes", async () => {
    const stack = new FakeStack();
    await stack.up(data({}));
    assert.equal((await stack.up(async () => {})).result, "failed");
    assert.deepEqual(stack.changes, ["delete other"]);
    assert.match(stack.errors[0] ?? "", /"urn:.*::data" cannot be deleted\nbecause it is protected.*state unprotect/s);
    assert.equal(stack.errors.at(-1), "update failed");
    assert.equal(stack.resource("data")?.protect, true);
  });

  it("refuses a replacement, before anything is made", async () => {
    const stack = new FakeStack();
    await stack.up(data({ r: 1 }));
    assert.equal((await stack.up(data({ r: 2 }))).result, "failed");
    assert.deepEqual(stack.changes, []);
  });

  it("allows both once an earlier run has recorded that it is off, and writes that although nothing else changed", async () => {
    const stack = new FakeStack();
    await stack.up(data({}));
    assert.deepEqual((await stack.up(data({}, false))).changes, { same: 3 });
    assert.equal(stack.resource("data")?.protect, undefined);
    assert.equal(stack.written.length, 1);
    assert.equal((await stack.up(async () => {})).result, "succeeded");
  });

  it("shows in a preview what it refuses, and goes on", async () => {
    const stack = new FakeStack();
    await stack.up(data({ r: 1 }));
    const preview = await stack.preview(data({ r: 2 }));
    assert.equal(preview.result, "failed");
    assert.deepEqual(preview.changes, { same: 2, replace: 1 });
    assert.ok(stack.errors[0]?.includes(thing("data")));
  });

  it("is inherited from a component", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => {
      const group = await program.component("group", { protect: true });
      await program.thing("inside", {}, { parent: group.urn });
      await program.thing("free", {}, { parent: group.urn, protect: false });
    });
    assert.deepEqual([stack.resource("inside")?.protect, stack.resource("free")?.protect], [true, undefined]);
  });
});
