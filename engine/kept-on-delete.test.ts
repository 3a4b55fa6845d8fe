import assert from "node:assert/strict";
import { FakeStack, type Script, type ScriptedProgram } from "./fake-stack.fixture";

describe("a resource that is not deleted by its provider", () => {
  it("is kept with retainOnDelete, as the state has it, and leaves the state", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => void (await program.thing("data", {}, { retainOnDelete: true })));
    const { changes } = await stack.up(async () => {});
    assert.deepEqual([stack.changes, changes], [[], { same: 1, delete: 1 }]);
    assert.equal(stack.resource("data"), undefined);
    assert.equal(stack.cloud.existing.size, 1);
  });

  it("is kept with retainOnDelete also when it is replaced, in either order", async () => {
    const stack = new FakeStack();
    const version =
      (r: number, deleteBeforeReplace: boolean): Script =>
      async (program) =>
        void (await program.thing("data", { r }, { retainOnDelete: true, deleteBeforeReplace }));
    await stack.up(version(1, true));
    await stack.up(version(2, true));
    assert.deepEqual(stack.changes, ["create data"]);
    await stack.up(version(3, false));
    assert.deepEqual(stack.changes, ["create data"]);
    assert.equal(stack.cloud.existing.size, 3);
  });

  it("goes with the one that it is deleted with, and is deleted itself when that stays", async () => {
    const stack = new FakeStack();
    const both = async (program: ScriptedProgram) => {
      const host = await program.thing("host");
      await program.thing("on-host", {}, { deletedWith: host.urn });
    };
    await stack.up(both);
    await stack.up(async () => {});
    assert.deepEqual(stack.changes, ["delete host"]);
    await stack.up(both);
    await stack.up(async (program) => void (await program.thing("host")));
    assert.deepEqual(stack.changes, ["delete on-host"]);
  });

  it("is replaced when the one that it is deleted with is", async () => {
    const stack = new FakeStack();
    const both = (version: number) => async (program: ScriptedProgram) => {
      const host = await program.thing("host", { r: version });
      await program.thing("on-host", {}, { deletedWith: host.urn });
    };
    await stack.up(both(1));
    const { changes } = await stack.up(both(2));
    assert.deepEqual(changes, { same: 1, replace: 2 });
  });
});
