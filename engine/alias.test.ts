import assert from "node:assert/strict";
import { FakeStack, type ScriptedProgram, thing } from "./fake-stack.fixture";
import { references } from "./references";
import type { Snapshot } from "./state";

/** `a`, what uses it, and a group that `a` moves into with `moved`. */
const script = (moved: boolean, key: string, value: number) => async (program: ScriptedProgram) => {
  const group = await program.component("group");
  const options = moved ? { parent: group.urn, aliases: [thing("a")] } : {};
  const a = await program.thing("a", { [key]: value }, options);
  await program.thing("user", { x: value }, { dependencies: [a.urn], propertyDependencies: { x: [a.urn] } });
};
const MOVED = "urn:pulumi:dev::test::test:mod:Group$fake:index:Thing::a";

/** References to what the state has not, or only later. */
function dangling({ resources }: Snapshot): string[] {
  return resources.flatMap((state, index) =>
    references(state)
      .filter(({ urn }) => !resources.slice(0, index).some((before) => before.urn === urn))
      .map(({ urn }) => `${state.urn} needs ${urn}`),
  );
}

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

  it("of a resource that is deleted before its replacement leaves nothing that mentions the old name", async () => {
    const stack = new FakeStack();
    await stack.up(script(false, "d-x", 1));
    stack.cloud.trouble.user = { update: "refused" };
    const { result } = await stack.up(script(true, "d-x", 2));
    assert.deepEqual([result, stack.changes], ["failed", ["delete a", "create a", "update user"]]);
    assert.deepEqual(stack.resource("user")?.dependencies, [MOVED]);
    assert.deepEqual(stack.written.flatMap(dangling), []);
  });

  it("of a resource that an earlier run deleted for its replacement leaves nothing with the old name", async () => {
    const stack = new FakeStack();
    await stack.up(script(false, "d-x", 1));
    stack.cloud.trouble.a = { create: "no room" };
    await stack.up(script(false, "d-x", 2));
    stack.cloud.trouble.a = {};
    await stack.up(async (program) => {
      const group = await program.component("group");
      await program.thing("a", { "d-x": 2 }, { parent: group.urn, aliases: [thing("a")] });
      await program.die(32);
    });
    assert.deepEqual(stack.changes, ["create a"]);
    assert.deepEqual(stack.resource("user")?.dependencies, [MOVED]);
    assert.deepEqual(stack.written.flatMap(dangling), []);
  });

  it("of a replaced resource keeps its old half while something that failed depends on that", async () => {
    const stack = new FakeStack();
    await stack.up(script(false, "r", 1));
    stack.cloud.trouble.user = { update: "refused" };
    const { result } = await stack.up(script(true, "r", 2), { continueOnError: true });
    assert.deepEqual([result, stack.changes], ["failed", ["create a", "update user"]]);
    assert.deepEqual(stack.written.flatMap(dangling), []);

    stack.cloud.trouble.user = {};
    await stack.up(script(true, "r", 2));
    assert.deepEqual(stack.changes, ["update user", "delete a"]);
    assert.deepEqual(dangling(stack.state), []);
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
