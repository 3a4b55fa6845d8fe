import assert from "node:assert/strict";
import { FakeStack, thing } from "./fake-stack.fixture";

describe("an alias", () => {
  it("finds a renamed resource, changes nothing of it, and renames what mentions it", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => {
      const a = await program.thing("old", { x: 1 });
      await program.thing("user", {}, { dependencies: [a.urn], propertyDependencies: { x: [a.urn] } });
    });
    const { changes } = await stack.up(async (program) => {
      const a = await program.thing("new", { x: 1 }, { aliases: [thing("old")] });
      await program.thing("user", {}, { dependencies: [a.urn], propertyDependencies: { x: [a.urn] } });
    });
    assert.deepEqual([stack.changes, changes], [[], { same: 3 }]);
    assert.equal(stack.resource("old"), undefined);
    assert.equal(stack.resource("new")?.id, "old-1");
    assert.deepEqual(stack.resource("user")?.dependencies, [thing("new")]);
  });

  it("renames also what a run that fails later has not come to", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => {
      const group = await program.component("group");
      await program.thing("user", {}, { parent: group.urn });
    });
    await stack.up(async (program) => {
      await program.component("renamed", { aliases: ["urn:pulumi:dev::test::test:mod:Group::group"] });
      await program.die(32);
    });
    assert.equal(stack.resource("user")?.parent, "urn:pulumi:dev::test::test:mod:Group::renamed");
  });

  it("that two resources claim is refused", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => void (await program.thing("old")));
    const { result } = await stack.up(async (program) => {
      await program.thing("one", {}, { aliases: [thing("old")] });
      await program.thing("two", {}, { aliases: [thing("old")] });
    });
    assert.equal(result, "failed");
    assert.match(stack.errors[0] ?? "", /two resources of the program claim/);
  });
});
