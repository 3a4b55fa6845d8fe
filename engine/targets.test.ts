import assert from "node:assert/strict";
import { FakeStack, type Script, thing } from "./fake-stack.fixture";

const chain =
  (x: number, names = ["a", "b", "c"]): Script =>
  async (program) => {
    let before: string[] = [];
    for (const name of names) before = [(await program.thing(name, { x }, { dependencies: before })).urn];
  };

describe("targets", () => {
  it("limit an update to what they name", async () => {
    const stack = new FakeStack();
    await stack.up(chain(1));
    const { changes } = await stack.up(chain(2), { targets: [thing("b")] });
    assert.deepEqual([stack.changes, changes], [["update b"], { same: 3, update: 1 }]);
  });

  it("take along what depends on them when asked", async () => {
    const stack = new FakeStack();
    await stack.up(chain(1));
    await stack.up(chain(2), { targets: [thing("b")], targetDependents: true });
    assert.deepEqual(stack.changes, ["update b", "update c"]);
  });

  it("may be patterns: * for any text without a colon, ** for any text", async () => {
    const stack = new FakeStack();
    await stack.up(chain(1));
    await stack.up(chain(2), { targets: ["urn:pulumi:dev::test::fake:*:Thing::a"] });
    assert.deepEqual(stack.changes, ["update a"]);
    await stack.up(chain(3), { targets: ["**::c"] });
    assert.deepEqual(stack.changes, ["update c"]);
  });

  it("leave new resources unmade, and refuse a target that needs one", async () => {
    const stack = new FakeStack();
    await stack.up(async () => {});
    const { result } = await stack.up(chain(1, ["a"]), { targets: [thing("b")] });
    assert.equal(result, "failed");
    assert.deepEqual(stack.errors, [`no resource matches the target '${thing("b")}'`]);
    await stack.up(chain(1), { targets: [thing("b")] });
    assert.deepEqual(stack.changes, []);
    assert.match(stack.errors[0] ?? "", /depends on '.*::a', which does not exist and is not a target; add --target/);
  });

  it("must include what has to be deleted with a target", async () => {
    const stack = new FakeStack();
    const pair =
      (version: number): Script =>
      async (program) => {
        const a = await program.thing("a", { r: version }, { deleteBeforeReplace: true });
        await program.thing("b", { r: a.id }, { dependencies: [a.urn], propertyDependencies: { r: [a.urn] } });
      };
    await stack.up(pair(1));
    await stack.up(pair(2), { targets: [thing("a")] });
    assert.deepEqual(stack.changes, []);
    assert.deepEqual(stack.errors, [
      `'${thing("b")}' has to be replaced with it and is not a target; add --target '${thing("b")}'`,
    ]);
    await stack.up(pair(2), { targets: [thing("a"), thing("b")] });
    assert.deepEqual(stack.changes, ["delete b", "delete a", "create a", "create b"]);
  });

  it("limit deletes, and refuse one that something else depends on", async () => {
    const stack = new FakeStack();
    await stack.up(chain(1));
    await stack.run({ kind: "destroy", targets: [thing("c")] });
    assert.deepEqual(stack.changes, ["delete c"]);
    const { result } = await stack.run({ kind: "destroy", targets: [thing("a")] });
    assert.equal(result, "failed");
    assert.deepEqual(stack.changes, []);
    assert.match(
      stack.errors[0] ?? "",
      /cannot be deleted alone, because '.*::b' depends on it; add --target-dependents/,
    );
    await stack.run({ kind: "destroy", targets: [thing("a")], targetDependents: true });
    assert.deepEqual(stack.changes, ["delete b", "delete a"]);
  });
});
