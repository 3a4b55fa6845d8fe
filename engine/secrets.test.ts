import assert from "node:assert/strict";
import { FakeStack } from "./fake-stack.fixture";
import { isSecret, secret } from "./property-value";

describe("secrets", () => {
  it("PU-09 reach the provider plain, and come back marked wherever an input was one", async () => {
    const stack = new FakeStack();
    stack.cloud.verbose = true;
    await stack.up(async (program) => {
      const { outputs } = await program.thing("a", { key: secret("hush"), nested: { deep: secret(1), open: 2 } });
      assert.ok(isSecret(outputs.key));
    });
    assert.ok(stack.cloud.calls.every((call) => !call.includes("4dabf18193072939515e22adb298388d")));
    const { inputs, outputs } = stack.resource("a") ?? {};
    assert.deepEqual([inputs?.key, outputs?.key], [secret("hush"), secret("hush")]);
    assert.deepEqual(outputs?.nested, { deep: secret(1), open: 2 });
  });

  it("are made of the outputs that additionalSecretOutputs names, and of those that the provider marks", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => {
      await program.thing("a", { hidden: 1, x: 1 }, { additionalSecretOutputs: ["out", "missing"] });
    });
    const { outputs } = stack.resource("a") ?? {};
    assert.deepEqual([isSecret(outputs?.out), isSecret(outputs?.hidden), isSecret(outputs?.x)], [true, true, false]);
  });

  it("are no change when only the marking differs in what the provider sees", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => void (await program.thing("a", { x: "v" })));
    const { changes } = await stack.up(async (program) => void (await program.thing("a", { x: secret("v") })));
    assert.deepEqual(changes, { same: 2 });
    assert.deepEqual(stack.resource("a")?.inputs?.x, secret("v"));
  });

  it("stay secret through a refresh and in the outputs of a preview", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => void (await program.thing("a", { key: secret("v") })));
    await stack.run({ kind: "refresh" });
    assert.deepEqual(stack.resource("a")?.outputs?.key, secret("v"));
    await stack.preview(async (program) => {
      const { outputs } = await program.thing("a", { key: secret("w") });
      assert.deepEqual(outputs.key, secret("w"));
    });
  });

  it("are not shown where an input is refused", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => void (await program.thing("a", { bad: secret("hush") })));
    assert.ok(!JSON.stringify(stack.errors).includes("hush"));
  });
});
