import assert from "node:assert/strict";
import { FakeStack, type Script, type ScriptedProgram, thing } from "./fake-stack.fixture";
import { isSecret, type PropertyValue, secret } from "./property-value";

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

  it("PU-09 are made of outputs, too, when only the marking differs, and once only", async () => {
    const stack = new FakeStack();
    const script =
      (mark: (value: PropertyValue) => PropertyValue, names: string[]): Script =>
      async (program) => {
        await program.register({ type: "pulumi:providers:fake", name: "mine", inputs: { region: mark("one") } });
        const inputs = { x: mark("v"), list: ["p", mark("q")], nested: { deep: mark(1), open: 2 }, hidden: 1 };
        const { outputs } = await program.thing("a", inputs, { additionalSecretOutputs: names });
        await program.outputs({ x: outputs.x ?? null });
      };
    await stack.up(script((value) => value, []));
    const { changes } = await stack.up(script(secret, ["out"]));
    assert.deepEqual(changes, { same: 3 });
    assert.deepEqual(stack.resource("a")?.outputs, {
      ...{ x: secret("v"), list: ["p", secret("q")], nested: { deep: secret(1), open: 2 } },
      ...{ hidden: secret(1), defaulted: "yes", out: secret("out of a-1") },
    });
    assert.deepEqual(stack.resource("mine")?.outputs?.region, secret("one"));
    assert.deepEqual(stack.resource("test-dev")?.outputs, { x: secret("v") });
    const told = stack.events.flatMap((event) => (event.kind === "resOutputs" ? [event.metadata.new] : []));
    assert.deepEqual(told.find((state) => state?.urn === thing("a"))?.outputs?.x, secret("v"));

    await stack.up(script(secret, ["out"]));
    assert.deepEqual(stack.written, []);
  });

  it("are not made of what is no target", async () => {
    const stack = new FakeStack();
    const script = (names: string[]) => async (program: ScriptedProgram) => {
      for (const name of ["a", "b"]) await program.thing(name, { x: 1 }, { additionalSecretOutputs: names });
    };
    await stack.up(script([]));
    await stack.up(script(["x"]), { targets: [thing("b")] });
    assert.deepEqual([stack.resource("a")?.outputs?.x, stack.resource("b")?.outputs?.x], [1, secret(1)]);
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
