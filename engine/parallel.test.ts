import assert from "node:assert/strict";
import { FakeStack } from "./fake-stack.fixture";

describe("steps one at a time", () => {
  it("after a failure not even the one that waits for its turn begins", async () => {
    const stack = new FakeStack();
    stack.cloud.trouble.a = { create: "no room" };
    const { result } = await stack.up(
      async (program) => {
        await Promise.all([program.thing("a"), program.thing("b")]);
      },
      { parallel: 1 },
    );
    assert.equal(result, "failed");
    assert.deepEqual(stack.steps, ["create a"]);
  });
});

describe("steps that compute", () => {
  /** `slow:` computes and is not done before `thing` is. */
  const both = async (stack: FakeStack, parallel: number) => {
    let thingDone = () => {};
    const hold = new Promise<void>((done) => {
      thingDone = done;
    });
    for (const name of ["s1", "s2"]) stack.cloud.trouble[name] = { hold: parallel > 1 ? hold : Promise.resolve() };
    const packages = { load: async () => stack.cloud.package, computes: (name: string) => name === "slow" };
    return stack.up(
      async (program) => {
        const slow = ["s1", "s2"].map((name) => program.register({ type: "slow:mod:Thing", name }));
        await Promise.all([...slow, program.thing("a").then(thingDone)]);
      },
      { parallel, packages },
    );
  };

  it("take no slot from those that wait", async () => {
    const stack = new FakeStack();
    assert.equal((await both(stack, 2)).result, "succeeded");
    assert.equal(stack.cloud.peak, 3);
  });

  it("run one at a time with the others where one at a time is asked for", async () => {
    const stack = new FakeStack();
    assert.equal((await both(stack, 1)).result, "succeeded");
    assert.equal(stack.cloud.peak, 1);
  });
});
