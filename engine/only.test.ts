import assert from "node:assert/strict";
import { FakeStack, type Script, thing } from "./fake-stack.fixture";

const things =
  (values: Record<string, number>): Script =>
  async (program) => {
    for (const [name, x] of Object.entries(values)) await program.thing(name, { x });
  };

const owns = (urn: string) => urn === thing("mine");
const refusal = (op: string, urn: string) => `not yours: ${op} ${urn.split("::").at(-1)}`;

describe("an update of some resources only", () => {
  it("MT-22 leaves changes of all others for later, and makes its own", async () => {
    const stack = new FakeStack();
    await stack.up(things({ mine: 1, other: 1, gone: 1 }));
    const { result } = await stack.up(things({ mine: 2, other: 2, made: 2 }), { only: { owns } });
    assert.deepEqual([result, stack.changes], ["succeeded", ["update mine"]]);
    const left = stack.events.flatMap((event) => (event.kind === "diagnostic" ? [event.message] : []));
    assert.deepEqual(left, ["left for an update of the whole stack to delete: gone"]);
    await stack.up(things({ mine: 2, other: 2, made: 2 }));
    assert.deepEqual(stack.changes, ["update other", "create made", "delete gone"]);
  });

  it("keeps what others need that the program does not ask for any more, before them", async () => {
    const stack = new FakeStack();
    const pair =
      (name: string, x: number): Script =>
      async (program) => {
        const needed = await program.thing(name, {});
        await program.thing("other", { x }, { dependencies: [needed.urn] });
        await program.thing("mine", { x });
      };
    await stack.up(pair("old", 1));
    const { snapshot } = await stack.up(pair("new", 2), { only: { owns } });
    assert.deepEqual(stack.changes, ["update mine"]);
    const names = snapshot.resources.map(({ urn }) => urn.split("::").at(-1) as string);
    assert.ok(names.indexOf("old") < names.indexOf("other"), names.join(" "));
    assert.ok(names.includes("old"), names.join(" "));
  });

  it("MT-22 can end with a change of another before it is made", async () => {
    const stack = new FakeStack();
    await stack.up(things({ other: 1, mine: 1 }));
    const { result } = await stack.up(things({ other: 2, mine: 2 }), { only: { owns, refusal } });
    assert.deepEqual([result, stack.changes], ["failed", []]);
    assert.deepEqual(stack.errors, ["not yours: update other"]);
    assert.equal((await stack.up(things({ other: 1, mine: 2 }), { only: { owns, refusal } })).result, "succeeded");
    assert.deepEqual(stack.changes, ["update mine"]);
  });

  it("MT-22 owns a resource by its parents, whatever its name", async () => {
    const stack = new FakeStack();
    const groups =
      (x: number, added: string[] = []): Script =>
      async (program) => {
        for (const name of ["a", "a-b"]) {
          const outer = await program.component(name);
          const inner = await program.component(`${name}-inner`, { type: "test:mod:Inner", parent: outer.urn });
          await program.thing(`${name}-b-c`, { x }, { parent: inner.urn });
          for (const more of added) await program.thing(`${name}-${more}`, { x }, { parent: inner.urn });
        }
      };
    const ownsA = { owns: (urn: string) => urn.endsWith("::test:mod:Group::a"), refusal };
    await stack.up(groups(1));
    const { result } = await stack.up(groups(2, ["d"]), { only: { owns: ownsA.owns } });
    assert.deepEqual([result, stack.changes], ["succeeded", ["update a-b-c", "create a-d"]]);
    await stack.up(groups(2, ["d"]));
    assert.equal((await stack.up(groups(3, ["d"]), { only: ownsA })).result, "failed");
    assert.deepEqual(stack.errors, ["not yours: update a-b-b-c"]);
    await stack.up(groups(3), { only: { owns: ownsA.owns } });
    assert.ok(stack.changes.includes("delete a-d") && !stack.changes.includes("delete a-b-d"), stack.changes.join());
  });
});
