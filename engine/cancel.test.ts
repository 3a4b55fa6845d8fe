import assert from "node:assert/strict";
import { mock } from "node:test";
import type { DeploymentOptions } from "./deployment";
import { FakeStack, type Script, ScriptedProgram } from "./fake-stack.fixture";

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

describe("a termination", () => {
  beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
  afterEach(() => mock.timers.reset());

  const never = new Promise<never>(() => {});
  /** Below a component of Slipway's, so that a later run settles it. */
  const slow = (inputs = {}): Script => {
    return async (program) => {
      const { urn: parent } = await program.register({ type: "slipway:test:Group", name: "group", custom: false });
      await program.thing("slow", { name: "slow", ...inputs }, { parent });
    };
  };
  const nothing: Script = async () => {};
  const pending = (stack: FakeStack) =>
    stack.state.pendingOperations.map(({ type, resource }) => `${type} ${resource.urn.split("::").at(-1)}`);

  /** A run that is cancelled, and terminated at once, when the provider was called for the first time. */
  async function terminated(stack: FakeStack, options: Partial<DeploymentOptions>, tidyMs: number): Promise<void> {
    const [stop, terminate] = [new AbortController(), new AbortController()];
    const called = stack.cloud.called(/ slow/);
    const run = stack.run({ ...options, signal: stop.signal, terminate: terminate.signal });
    await called;
    stop.abort();
    terminate.abort();
    await new Promise(setImmediate);
    mock.timers.tick(tidyMs);
    const { result, canceled } = await run;
    assert.deepEqual([result, canceled], ["failed", true]);
  }

  const update = (script: Script) => ({ program: new ScriptedProgram(script) });

  it("gives up a create, an update and a delete that never end; they stay pending, and the next run goes on", async () => {
    const stack = new FakeStack();
    stack.cloud.trouble.slow = { hold: never };
    await terminated(stack, update(slow()), 3000);
    assert.deepEqual(pending(stack), ["creating slow"]);
    assert.match(stack.errors.join(), /^given up, the run was cancelled; what it began may still go on/);
    // The create that was given up took place.
    stack.cloud.trouble.slow = {};
    stack.cloud.existing.set("made meanwhile", { name: "slow" });
    await stack.up(slow());
    assert.deepEqual(stack.changes, ["delete slow", "create slow"]);
    assert.deepEqual(pending(stack), []);

    stack.cloud.trouble.slow = { hold: never };
    await terminated(stack, update(slow({ x: 1 })), 3000);
    assert.deepEqual(pending(stack), ["updating slow"]);
    stack.cloud.trouble.slow = {};
    await stack.up(slow({ x: 1 }));
    assert.deepEqual([stack.changes, pending(stack)], [["update slow"], []]);

    stack.cloud.trouble.slow = { hold: never };
    await terminated(stack, update(nothing), 3000);
    assert.deepEqual(pending(stack), ["deleting slow"]);
    await terminated(stack, { kind: "destroy" }, 3000);
    assert.deepEqual(pending(stack), ["deleting slow"]);
    stack.cloud.trouble.slow = {};
    await stack.run({ kind: "destroy" });
    assert.deepEqual(stack.state, { resources: [], pendingOperations: [] });
  });

  it("waits for a call that heeds it and tidies up", async () => {
    const stack = new FakeStack();
    let release = () => {};
    stack.cloud.trouble.slow = { hold: new Promise<void>((resolve) => (release = resolve)) };
    const onWrite = stack.cloud.called(/ slow/).then(() => setImmediate(() => setImmediate(release)));
    await Promise.all([terminated(stack, update(slow()), 2000), onWrite]);
    assert.equal(stack.resource("slow")?.id, "slow-1");
    assert.deepEqual(pending(stack), []);
  });

  it("gives up at once what only asks", async () => {
    const stack = new FakeStack();
    await stack.up(slow());
    stack.cloud.trouble.slow = { hold: never };
    await terminated(stack, { kind: "refresh" }, 1);
    assert.match(stack.errors.join(), /^given up, the run was cancelled,/);
    assert.equal(stack.resource("slow")?.id, "slow-1");

    const { package: cloud } = stack.cloud;
    const hung = {
      ...cloud,
      configure: () => ({ ...cloud.configure({}), check: () => stack.cloud.hang("check slow") }),
    };
    const packages = { load: async () => hung, computes: () => false };
    await terminated(stack, { ...update(slow()), packages }, 1);
    await terminated(stack, { kind: "preview", writer: undefined, ...update(slow()), packages }, 1);
    assert.deepEqual(stack.changes, []);
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
