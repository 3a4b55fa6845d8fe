import assert from "node:assert/strict";
import { FakeStack, type Script } from "./fake-stack.fixture";
import type { PropertyMap } from "./property-value";

const one =
  (inputs: PropertyMap, ignoreChanges: string[]): Script =>
  async (program) =>
    void (await program.thing("a", inputs, { ignoreChanges }));

describe("ignoreChanges", () => {
  it("keeps the old value of a whole input, of part of one, and of everything", async () => {
    const stack = new FakeStack();
    for (const paths of [["env"], ["env.A"], ['env["A"]'], ["*"], ["env.*"]]) {
      await stack.up(one({ env: { A: "1" } }, []));
      const { changes } = await stack.up(one({ env: { A: "2" } }, paths));
      assert.deepEqual(changes, { same: 2 }, paths.join());
      assert.deepEqual(stack.resource("a")?.inputs?.env, { A: "1" });
      await stack.up(async () => {});
    }
  });

  it("does not hide other changes", async () => {
    const stack = new FakeStack();
    await stack.up(one({ env: { A: "1", B: "1" } }, []));
    await stack.up(one({ env: { A: "2", B: "2" } }, ["env.A"]));
    assert.deepEqual(stack.resource("a")?.inputs?.env, { A: "1", B: "2" });
  });

  it("leaves out what only the new inputs have, and keeps what only the old ones have", async () => {
    const stack = new FakeStack();
    await stack.up(one({ kept: 1 }, []));
    await stack.up(one({ added: 1 }, ["kept", "added"]));
    assert.deepEqual(stack.resource("a")?.inputs, { defaulted: "yes", kept: 1 });
  });

  it("is not asked of a new resource, and is written to the state", async () => {
    const stack = new FakeStack();
    await stack.up(one({ x: 1 }, ["x"]));
    assert.deepEqual(stack.resource("a")?.inputs?.x, 1);
    assert.deepEqual(stack.resource("a")?.ignoreChanges, ["x"]);
  });
});
