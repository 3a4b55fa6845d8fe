import assert from "node:assert/strict";
import { FakeStack } from "./fake-stack.fixture";

describe("an update", () => {
  it("creates what is new, leaves what is the same, updates what changed and deletes what is gone", async () => {
    const stack = new FakeStack();
    const first = await stack.up(async (program) => {
      await program.thing("a", { x: 1 });
      await program.thing("b", { x: 1 });
      await program.thing("c", { x: 1 });
    });
    assert.deepEqual(first.changes, { create: 4 });
    const second = await stack.up(async (program) => {
      await program.thing("a", { x: 1 });
      await program.thing("b", { x: 2 });
    });
    assert.deepEqual(stack.changes, ["update b", "delete c"]);
    assert.deepEqual(second.changes, { same: 2, update: 1, delete: 1 });
    assert.deepEqual(stack.resource("b")?.inputs, { defaulted: "yes", x: 2 });
    assert.equal(stack.resource("c"), undefined);
  });

  it("PU-07 without changes does nothing and writes nothing", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => void (await program.thing("a", { x: 1 })));
    const again = await stack.up(async (program) => void (await program.thing("a", { x: 1 })));
    assert.deepEqual(again.changes, { same: 2 });
    assert.deepEqual(stack.changes, []);
    assert.equal(stack.written.length, 0);
  });

  it("records the intent before an effect and the result after it", async () => {
    const stack = new FakeStack();
    const seen: string[] = [];
    stack.onWrite = ({ resources, pendingOperations }) =>
      seen.push(
        [
          ...pendingOperations.map(({ type, resource }) => `${type} ${resource.urn.split("::")[3]}`),
          `called ${stack.changes.length}`,
          resources.some(({ urn }) => urn.endsWith("::a")) ? "has a" : "",
        ].join(", "),
      );
    await stack.up(async (program) => void (await program.thing("a")));
    assert.deepEqual(seen.slice(-2), ["creating a, called 0, ", "called 1, has a"]);
  });

  it("runs as many steps at once as it is allowed to, and no more", async () => {
    const stack = new FakeStack();
    const names = ["a", "b", "c", "d", "e"];
    await stack.up(async (program) => void (await Promise.all(names.map((name) => program.thing(name)))), {
      parallel: 2,
    });
    assert.equal(stack.cloud.peak, 2);
  });

  it("gives the program ids and outputs, and keeps secrets secret", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => {
      const { id, outputs } = await program.thing("a", { x: 1 });
      assert.equal(id, "a-1");
      assert.equal(outputs.out, "out of a-1");
    });
  });

  it("takes the stack's outputs over at the end; after a failure the old ones stay", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => program.outputs({ one: 1, two: 2 }));
    const failed = await stack.up(async (program) => {
      await program.outputs({ one: 11 });
      await program.die(32);
    });
    assert.equal(failed.result, "failed");
    assert.deepEqual(failed.outputs, { one: 11, two: 2 });
    const good = await stack.up(async (program) => program.outputs({ one: 11 }));
    assert.deepEqual(good.outputs, { one: 11 });
  });

  it("deletes nothing after a program that failed, and reports its exit code unless it has done so itself", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => void (await program.thing("a")));
    assert.equal((await stack.up((program) => program.die(7))).result, "failed");
    assert.deepEqual(stack.errors, ["an unhandled error occurred: Program exited with non-zero exit code: 7"]);
    assert.equal((await stack.up((program) => program.die(32))).result, "failed");
    assert.deepEqual([stack.errors, stack.changes], [[], []]);
  });

  it("takes an exit with 0 for the end of the program, also without its saying so", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => void (await program.thing("a")));
    assert.equal((await stack.up((program) => program.die(0))).result, "succeeded");
    assert.deepEqual(stack.changes, ["delete a"]);
  });
});
