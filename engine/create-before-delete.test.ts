import assert from "node:assert/strict";
import { FakeStack, type Script, thing } from "./fake-stack.fixture";

const version =
  (number: number): Script =>
  async (program) => {
    const a = await program.thing("a", { r: number });
    await program.thing("b", { r: a.id }, { dependencies: [a.urn], propertyDependencies: { r: [a.urn] } });
  };

describe("create before delete", () => {
  it("makes the new ones in the order of the program and deletes the old ones at the end, in reverse", async () => {
    const stack = new FakeStack();
    await stack.up(version(1));
    const { changes } = await stack.up(version(2));
    assert.deepEqual(stack.changes, ["create a", "create b", "delete b", "delete a"]);
    assert.deepEqual(changes, { same: 1, replace: 2 });
    assert.equal(stack.resource("a")?.id, "a-3");
  });

  it("keeps an old half that could not be deleted, and the next run deletes it", async () => {
    const stack = new FakeStack();
    await stack.up(version(1));
    stack.cloud.trouble.b = { delete: "in use" };
    assert.equal((await stack.up(version(2))).result, "failed");
    const halves = stack.state.resources.filter(({ delete: isOld }) => isOld).map(({ id }) => id);
    assert.deepEqual(halves, ["a-1", "b-2"]);
    stack.cloud.trouble.b = {};
    await stack.up(version(2));
    assert.deepEqual(stack.changes, ["delete b", "delete a"]);
    assert.deepEqual(stack.steps.slice(-2), ["delete-replaced b", "delete-replaced a"]);
  });

  it("leaves the old one alone when the new one cannot be made", async () => {
    const stack = new FakeStack();
    await stack.up(version(1));
    stack.cloud.trouble.a = { create: "no room" };
    await stack.up(version(2));
    assert.deepEqual(stack.changes, ["create a"]);
    const entry = stack.state.resources.filter(({ urn }) => urn === thing("a"));
    assert.deepEqual(
      entry.map(({ id, delete: isOld }) => [id, isOld]),
      [["a-1", undefined]],
    );
  });
});
