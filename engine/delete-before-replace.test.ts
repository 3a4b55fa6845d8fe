import assert from "node:assert/strict";
import { FakeStack, type Script, thing } from "./fake-stack.fixture";

const one = (inputs: Record<string, number>, deleteBeforeReplace?: boolean): Script => {
  return async (program) => void (await program.thing("a", inputs, { deleteBeforeReplace }));
};

describe("delete before replace", () => {
  it("is done when the option asks for it", async () => {
    const stack = new FakeStack();
    await stack.up(one({ r: 1 }, true));
    const { changes } = await stack.up(one({ r: 2 }, true));
    assert.deepEqual(stack.changes, ["delete a", "create a"]);
    assert.deepEqual(stack.steps, ["delete-replaced a", "replace a", "create-replacement a"]);
    assert.deepEqual(changes, { same: 1, replace: 1 });
    assert.equal(stack.state.resources.filter(({ urn }) => urn === thing("a")).length, 1);
  });

  it("is done when the provider asks for it, unless the option forbids it", async () => {
    const stack = new FakeStack();
    await stack.up(one({ "d-name": 1 }));
    await stack.up(one({ "d-name": 2 }));
    assert.deepEqual(stack.changes, ["delete a", "create a"]);
    await stack.up(one({ "d-name": 3 }, false));
    assert.deepEqual(stack.changes, ["create a", "delete a"]);
  });

  it("records after the delete that only the create is missing, and the next run does only that", async () => {
    const stack = new FakeStack();
    await stack.up(one({ r: 1 }, true));
    stack.cloud.trouble.a = { create: "no room" };
    assert.equal((await stack.up(one({ r: 2 }, true))).result, "failed");
    assert.equal(stack.resource("a")?.pendingReplacement, true);
    assert.deepEqual(stack.changes, ["delete a", "create a"]);
    stack.cloud.trouble.a = {};
    await stack.up(one({ r: 2 }, true));
    assert.deepEqual(stack.changes, ["create a"]);
    assert.equal(stack.resource("a")?.pendingReplacement, undefined);
  });

  it("forgets what was deleted when the program no longer asks for its successor", async () => {
    const stack = new FakeStack();
    await stack.up(one({ r: 1 }, true));
    stack.cloud.trouble.a = { create: "no room" };
    await stack.up(one({ r: 2 }, true));
    const { changes } = await stack.up(async () => {});
    assert.deepEqual([stack.changes, stack.steps], [[], ["remove-pending-replace a"]]);
    assert.deepEqual(changes, { same: 1 });
    assert.equal(stack.resource("a"), undefined);
  });

  it("checks the inputs again without the old ones", async () => {
    const stack = new FakeStack();
    await stack.up(one({ r: 1 }, true));
    stack.cloud.verbose = true;
    await stack.up(one({ r: 2 }, true));
    const checks = stack.cloud.calls.filter((call) => call.startsWith("check"));
    assert.deepEqual(checks, ['check a after {"defaulted":"yes","r":1}', "check a after {}"]);
  });

  it("takes along what would have to be replaced with it, and only that", async () => {
    const stack = new FakeStack();
    const chain =
      (version: number): Script =>
      async (program) => {
        const x = await program.thing("x", { r: version }, { deleteBeforeReplace: true });
        const on = (key: string) => ({ dependencies: [x.urn], propertyDependencies: { [key]: [x.urn] } });
        await program.thing("replaced", { r: x.id }, on("r"));
        await program.thing("updated", { u: x.id }, on("u"));
        await program.thing("ordered", {}, { dependencies: [x.urn] });
      };
    await stack.up(chain(1));
    const { changes } = await stack.up(chain(2));
    assert.deepEqual(stack.changes, ["delete replaced", "delete x", "create x", "create replaced", "update updated"]);
    assert.deepEqual(changes, { same: 2, replace: 2, update: 1 });
  });

  it("is refused before anything is deleted when a protected resource would go along", async () => {
    const stack = new FakeStack();
    const chain =
      (version: number): Script =>
      async (program) => {
        const x = await program.thing("x", { r: version }, { deleteBeforeReplace: true });
        const options = { dependencies: [x.urn], propertyDependencies: { r: [x.urn] }, protect: true };
        await program.thing("data", { r: x.id }, options);
      };
    await stack.up(chain(1));
    assert.equal((await stack.up(chain(2))).result, "failed");
    assert.deepEqual(stack.changes, []);
    assert.match(
      stack.errors[0] ?? "",
      /unable to replace resource ".*::data"\nas it is currently marked for protection/,
    );
  });
});
