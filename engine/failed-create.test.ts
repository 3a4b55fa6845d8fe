import assert from "node:assert/strict";
import { FakeStack, type Script, thing } from "./fake-stack.fixture";

describe("a failed create", () => {
  it("lets running steps finish, starts and deletes nothing more; the next run goes on from there", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => void (await program.thing("gone")));
    let release = () => {};
    stack.cloud.trouble.slow = { hold: new Promise<void>((resolve) => (release = resolve)) };
    stack.cloud.trouble.bad = { create: "no room" };
    const script: Script = async (program) => {
      const slow = program.thing("slow");
      const bad = program.thing("bad").catch(() => {});
      await new Promise(setImmediate);
      release();
      await slow;
      await program.thing("after");
      await bad;
    };
    const { result, changes } = await stack.up(script);
    assert.equal(result, "failed");
    assert.deepEqual(changes, { same: 1, create: 1 });
    assert.deepEqual(stack.errors, ["no room", "update failed"]);
    assert.ok(stack.resource("slow"), "what was running is recorded");
    assert.ok(stack.resource("gone"), "nothing is deleted");
    assert.equal(stack.resource("bad"), undefined);
    assert.equal(stack.resource("after"), undefined);
    assert.deepEqual(stack.state.pendingOperations, []);

    stack.cloud.trouble.bad = {};
    await stack.up(script);
    assert.deepEqual(stack.changes, ["create bad", "create after", "delete gone"]);
  });

  it("that made the resource nevertheless keeps it with the reasons; dependents wait, the next run mends it", async () => {
    const stack = new FakeStack();
    const script: Script = async (program) => {
      const a = await program.thing("a");
      await program.thing("b", {}, { dependencies: [a.urn] });
    };
    stack.cloud.trouble.a = { unhealthy: "health check failed" };
    await stack.up(script);
    assert.deepEqual(stack.changes, ["create a"]);
    assert.deepEqual(stack.resource("a")?.initErrors, ["health check failed"]);
    const failure = stack.events.find((event) => event.kind === "resOpFailed");
    assert.equal(failure?.status, 1);
    stack.cloud.trouble.a = {};
    await stack.up(script);
    assert.deepEqual(stack.changes, ["update a", "create b"]);
    assert.equal(stack.resource("a")?.initErrors, undefined);
  });

  it("is reported where inputs are refused: the property, and nothing is done", async () => {
    const stack = new FakeStack();
    const { result } = await stack.up(async (program) => void (await program.thing("a", { bad: 1 })));
    assert.equal(result, "failed");
    assert.deepEqual(stack.errors, ["fake:index:Thing resource 'a': property bad has a problem: is not allowed"]);
    assert.deepEqual(stack.changes, []);
  });

  it("of a name that is used twice is refused before either is made", async () => {
    const stack = new FakeStack();
    const { result } = await stack.up(async (program) => {
      await Promise.all([program.thing("a"), program.thing("a")]);
    });
    assert.equal(result, "failed");
    assert.deepEqual(stack.errors, [`Duplicate resource URN '${thing("a")}'; try giving it a unique name`]);
    assert.deepEqual(stack.changes, []);
  });
});
