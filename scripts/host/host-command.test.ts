import { strict as assert } from "node:assert";
import { withoutStack } from "./host-command";

describe("a command that a host runs", () => {
  it("SC-02 takes the stack that is named, in any spelling and place", () => {
    for (const args of [
      ["shop", "--stack", "staging", "--json"],
      ["--stack=staging", "shop", "--json"],
      ["shop", "-s", "staging", "--json"],
    ]) {
      assert.deepEqual(withoutStack(args), { stack: "staging", rest: ["shop", "--json"] });
    }
    assert.deepEqual(withoutStack(["shop"]), { rest: ["shop"] });
  });

  it("leaves a --stack without a name to the host program, which says so", () => {
    assert.deepEqual(withoutStack(["shop", "--stack"]), { rest: ["shop", "--stack"] });
  });
});
