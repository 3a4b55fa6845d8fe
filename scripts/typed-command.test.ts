import { strict as assert } from "node:assert";
import { typedCommand } from "./typed-command";

describe("the command of a command line", () => {
  it("SC-01 is found though the rest is not understood", () => {
    for (const line of [
      "deploy hello --color blue",
      "deploy -C",
      "--color blue deploy hello",
      "-C deploy deploy",
      "--cwd=up --debug deploy",
    ]) {
      assert.equal(typedCommand(line.split(" ")), "deploy", line);
    }
    assert.equal(typedCommand(["--frobnicate"]), undefined);
  });
});
