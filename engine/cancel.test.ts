import assert from "node:assert/strict";
import { FakeStack } from "./fake-stack.fixture";

describe("a cancellation", () => {
  it("lets running steps finish and starts nothing more; the next run goes on", async () => {
    const stack = new FakeStack();
    const controller = new AbortController();
    let release = () => {};
    stack.cloud.trouble.slow = { hold: new Promise<void>((resolve) => (release = resolve)) };
    const { result, canceled } = await stack.up(
      async (program) => {
        const slow = program.thing("slow");
        while (stack.changes.length === 0) await new Promise(setImmediate);
        controller.abort();
        const later = program.thing("later");
        release();
        await Promise.all([slow, later]);
      },
      { signal: controller.signal },
    );
    assert.deepEqual([result, canceled], ["failed", true]);
    assert.deepEqual(stack.changes, ["create slow"]);
    assert.equal(stack.resource("slow")?.id, "slow-1");
    assert.deepEqual(stack.state.pendingOperations, []);
  });

  it("does not start what was waiting for its turn", async () => {
    const stack = new FakeStack();
    const controller = new AbortController();
    let release = () => {};
    stack.cloud.trouble.slow = { hold: new Promise<void>((resolve) => (release = resolve)) };
    await stack.up(
      async (program) => {
        const both = [program.thing("slow"), program.thing("waiting")];
        while (stack.changes.length === 0) await new Promise(setImmediate);
        controller.abort();
        release();
        await Promise.all(both);
      },
      { signal: controller.signal, parallel: 1 },
    );
    assert.deepEqual(stack.changes, ["create slow"]);
  });

  it("between the layers of a destroy leaves a state that is whole", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => {
      const a = await program.thing("a");
      await program.thing("b", {}, { dependencies: [a.urn] });
    });
    const controller = new AbortController();
    stack.onWrite = () => controller.abort();
    await stack.run({ kind: "destroy", signal: controller.signal });
    assert.deepEqual(stack.changes, ["delete b"]);
    assert.ok(stack.resource("a"));
    assert.equal(stack.resource("b"), undefined);
  });
});

describe("a state that cannot be written", () => {
  it("ends the run with the reason, and starts nothing more", async () => {
    const stack = new FakeStack();
    const full = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    stack.onWrite = () => {
      throw full;
    };
    await assert.rejects(
      stack.up(async (program) => {
        await program.thing("a");
        await program.thing("b");
      }),
      full,
    );
    assert.deepEqual(stack.changes, []);
  });
});
