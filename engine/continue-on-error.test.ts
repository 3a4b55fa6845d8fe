import assert from "node:assert/strict";
import { FakeStack, type Script, thing } from "./fake-stack.fixture";

describe("continue on error", () => {
  it("leaves out only what depends on a failure, and deletes nothing that it needs", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => {
      const needed = await program.thing("needed");
      await program.thing("bad", { x: 1 }, { dependencies: [needed.urn] });
      await program.thing("gone");
    });
    stack.cloud.trouble.bad = { update: "refused" };
    const script: Script = async (program) => {
      const bad = await program.thing("bad", { x: 2 });
      const on = await program.thing("on-bad", {}, { dependencies: [bad.urn] });
      const onOn = await program.thing("on-on-bad", {}, { dependencies: [on.urn] });
      const free = await program.thing("free");
      assert.deepEqual([bad.outcome, on.outcome, onOn.outcome, free.outcome], ["failed", "skipped", "skipped", "done"]);
    };
    const { result } = await stack.up(script, { continueOnError: true });
    assert.equal(result, "failed");
    assert.deepEqual(stack.changes, ["update bad", "create free", "delete gone"]);
    assert.ok(stack.resource("needed"), "the entry that stayed depends on it");
  });

  it("keeps what was skipped only because something it depends on failed", async () => {
    const stack = new FakeStack();
    const script =
      (x: number): Script =>
      async (program) => {
        const bad = await program.thing("bad", { x });
        const on = await program.thing("on-bad", { x }, { dependencies: [bad.urn] });
        const [name, old] = x === 1 ? ["old", "new"] : ["new", "old"];
        await program.thing(name, {}, { dependencies: [on.urn], aliases: [thing(old)] });
      };
    await stack.up(script(1));
    stack.cloud.trouble.bad = { update: "refused" };
    const { result } = await stack.up(script(2), { continueOnError: true });
    assert.equal(result, "failed");
    assert.deepEqual(stack.changes, ["update bad"]);
    assert.ok(stack.resource("on-bad") && stack.resource("old"));
  });

  it("keeps the old instance of a provider that something which stayed needs", async () => {
    const stack = new FakeStack();
    const script =
      (region: string): Script =>
      async (program) => {
        const { urn, id } = await program.register({ type: "pulumi:providers:fake", name: "mine", inputs: { region } });
        await program.thing("a", {}, { provider: `${urn}::${id}` });
      };
    await stack.up(script("one"));
    stack.cloud.trouble.a = { create: "no room" };
    await stack.up(script("two"), { continueOnError: true });
    const instances = stack.state.resources.filter(({ urn }) => urn.endsWith("::mine"));
    assert.deepEqual(
      instances.map(({ inputs, delete: isOld }) => [inputs?.region, isOld]),
      [
        ["two", undefined],
        ["one", true],
      ],
    );
  });

  it("goes on deleting what a failed delete does not depend on", async () => {
    const stack = new FakeStack();
    await stack.up(async (program) => {
      const [under, apart] = [await program.thing("under"), await program.thing("apart")];
      await program.thing("bad", {}, { dependencies: [under.urn] });
      await program.thing("on-apart", {}, { dependencies: [apart.urn] });
    });
    stack.cloud.trouble.bad = { delete: "in use" };
    await stack.run({ kind: "destroy", continueOnError: true });
    assert.deepEqual(stack.changes.slice().sort(), ["delete apart", "delete bad", "delete on-apart"]);
    assert.ok(stack.resource("under"));
  });
});
