import assert from "node:assert/strict";
import { FakeStack, type Script, thing } from "./fake-stack.fixture";

const both: Script = async (program) => {
  const a = await program.thing("a", { x: 1 });
  await program.thing("b", {}, { dependencies: [a.urn], propertyDependencies: { x: [a.urn] }, parent: a.urn });
};

describe("a refresh", () => {
  it("PU-10 takes over what changed, and the next update mends it", async () => {
    const stack = new FakeStack();
    await stack.up(both);
    stack.cloud.existing.set("a-1", { x: 99, defaulted: "yes", out: "moved" });
    const { changes } = await stack.run({ kind: "refresh" });
    assert.deepEqual(changes, { same: 2, update: 1 });
    assert.deepEqual([stack.resource("a")?.inputs?.x, stack.resource("a")?.outputs?.out], [99, "moved"]);
    await stack.up(both);
    assert.deepEqual(stack.changes, ["update a"]);
  });

  it("PU-10 drops what is gone from the state and from what mentions it; the next update makes it anew", async () => {
    const stack = new FakeStack();
    await stack.up(both);
    stack.cloud.existing.delete("a-1");
    const { changes } = await stack.run({ kind: "refresh" });
    assert.deepEqual(changes, { same: 2, delete: 1 });
    const b = stack.resource("b");
    assert.deepEqual([b?.dependencies, b?.propertyDependencies], [[], { x: [] }]);
    assert.match(b?.parent ?? "", /pulumi:pulumi:Stack/);
    await stack.up(both);
    assert.deepEqual(stack.changes, ["create a"]);
  });

  it("keeps what mentions a replaced resource whose old half alone is gone", async () => {
    const version =
      (number: number): Script =>
      async (program) => {
        const a = await program.thing("a", { r: number });
        const propertyDependencies = { x: [a.urn] };
        await program.thing(
          "b",
          {},
          { dependencies: [a.urn], propertyDependencies, deletedWith: a.urn, parent: a.urn },
        );
      };
    const stack = new FakeStack();
    await stack.up(version(1));
    stack.cloud.trouble.a = { delete: "in use" };
    await stack.up(version(2));
    const before = stack.resource("b");
    assert.equal(before?.deletedWith, thing("a"));
    const [old] = stack.state.resources.filter(({ delete: isOld }) => isOld);
    stack.cloud.existing.delete(old?.id ?? "");
    const { changes } = await stack.run({ kind: "refresh" });
    assert.equal(changes.delete, 1);
    assert.deepEqual(
      stack.state.resources.filter(({ delete: isOld }) => isOld),
      [],
    );
    assert.deepEqual(stack.resource("b"), before);
  });

  it("before an update does both in one run, and counts only the update", async () => {
    const stack = new FakeStack();
    await stack.up(both);
    stack.cloud.existing.delete("a-1");
    const { changes } = await stack.up(both, { refreshFirst: true });
    assert.deepEqual(stack.changes, ["create a"]);
    assert.deepEqual(changes, { same: 2, create: 1 });
  });

  it("that cannot read something fails, and keeps what the state had", async () => {
    const stack = new FakeStack();
    await stack.up(both);
    stack.cloud.trouble.a = { read: "no connection" };
    const before = stack.resource("a");
    assert.equal((await stack.run({ kind: "refresh" })).result, "failed");
    assert.deepEqual(stack.errors, ["no connection", "update failed"]);
    assert.deepEqual(stack.resource("a"), before);
  });

  it("is limited by targets", async () => {
    const stack = new FakeStack();
    await stack.up(both);
    await stack.run({ kind: "refresh", targets: [thing("b"), "**::b"] });
    assert.deepEqual(
      stack.cloud.calls.filter((call) => call.startsWith("read")),
      ["read b"],
    );
  });
});
