import assert from "node:assert/strict";
import { FakeStack, type ScriptedProgram } from "./fake-stack.fixture";
import { secret } from "./property-value";

describe("a default provider", () => {
  it("is made once for a package and version, from the stack's configuration, and is not counted", async () => {
    const stack = new FakeStack();
    const { changes } = await stack.up(
      async (program) => {
        await Promise.all([program.thing("a"), program.thing("b")]);
        await program.thing("c", {}, { version: "2.0.0-beta.1" });
      },
      { config: { "fake:region": "here", "fake:token": "t", "other:x": "1" }, configSecretKeys: ["fake:token"] },
    );
    assert.deepEqual(changes, { create: 4 });
    const [first, second] = stack.state.resources.filter(({ type }) => type === "pulumi:providers:fake");
    assert.equal(first?.urn, "urn:pulumi:dev::test::pulumi:providers:fake::default_1_0_0");
    assert.equal(second?.urn, "urn:pulumi:dev::test::pulumi:providers:fake::default_2_0_0_beta_1");
    assert.deepEqual(first?.inputs, { __internal: {}, region: "here", token: secret("t"), version: "1.0.0" });
    assert.deepEqual(first?.outputs, { region: "here", token: secret("t"), version: "1.0.0" });
    assert.equal(first?.parent, undefined);
    assert.match(first?.id ?? "", /^[0-9a-f]{8}-/);
    assert.equal(stack.resource("a")?.provider, `${first?.urn}::${first?.id}`);
    const configured = stack.cloud.calls.filter((call) => call.startsWith("configure"));
    assert.deepEqual(configured[0], 'configure {"region":"here","token":"t","version":"1.0.0"}');
    assert.equal(configured.length, 2);
  });

  it("keeps its resources when only its version changes", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => void (await program.thing("a")));
    const { changes } = await stack.up(async (program) => void (await program.thing("a", {}, { version: "1.1.0" })));
    assert.deepEqual(changes, { same: 2 });
    const providers = stack.state.resources.filter(({ type }) => type === "pulumi:providers:fake");
    assert.deepEqual(
      providers.map(({ urn }) => urn.split("::")[3]),
      ["default_1_1_0"],
    );
  });
});

describe("an explicit provider", () => {
  const withProvider =
    (region: string, other = "") =>
    async (program: ScriptedProgram) => {
      const inputs = { region, ...(other && { other }) };
      const provider = await program.register({ type: "pulumi:providers:fake", name: "mine", inputs });
      await program.thing("a", {}, { provider: `${provider.urn}::${provider.id}` });
      const group = await program.component("group", { providers: { fake: `${provider.urn}::${provider.id}` } });
      await program.thing("inside", {}, { parent: group.urn });
    };

  it("is used by resources that name it and by those in a component that does", async () => {
    const stack = new FakeStack();
    await stack.up(withProvider("one"));
    const { id, urn } = stack.resource("mine") ?? {};
    assert.equal(stack.resource("a")?.provider, `${urn}::${id}`);
    assert.equal(stack.resource("inside")?.provider, `${urn}::${id}`);
    assert.equal(stack.state.resources.filter(({ type }) => type.startsWith("pulumi:providers")).length, 1);
  });

  it("is updated where the package can live with that, and its resources stay", async () => {
    const stack = new FakeStack();
    await stack.up(withProvider("one"));
    const { changes } = await stack.up(withProvider("one", "thing"));
    assert.deepEqual(changes, { same: 4, update: 1 });
  });

  it("that must be replaced replaces its resources, the old ones deleted with the old configuration", async () => {
    const stack = new FakeStack();
    await stack.up(withProvider("one"));
    const { changes } = await stack.up(withProvider("two"));
    assert.deepEqual(changes, { same: 2, replace: 3 });
    const calls = stack.cloud.calls.map((call) => call.replace(/,"version":"1.0.0"/, ""));
    assert.ok(calls.indexOf('configure {"region":"one"}') < calls.indexOf("delete a"));
    assert.ok(calls.indexOf("create a") < calls.indexOf('configure {"region":"one"}'));
  });

  it("whose configuration is not yet known is not asked in a preview", async () => {
    const stack = new FakeStack();
    const { changes } = await stack.preview(withProvider("04da6b54-80e4-46f7-96ec-b56ff0331ba9"));
    assert.deepEqual(changes, { create: 5 });
    assert.deepEqual(stack.cloud.calls, []);
  });
});
