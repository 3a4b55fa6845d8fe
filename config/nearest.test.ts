import { strict as assert } from "node:assert";
import { nearest } from "./nearest";

describe("nearest known word", () => {
  const known = ["port", "routes", "health", "command"];

  for (const [typed, meant] of [
    ["prot", "port"],
    ["Port", "port"],
    ["healht", "health"],
    ["comand", "command"],
    ["router", "routes"],
  ] as const) {
    it(`"${typed}" stands for "${meant}"`, () => assert.equal(nearest(typed, known), meant));
  }

  it("a word unlike all of them stands for none", () => {
    assert.equal(nearest("image", known), undefined);
    assert.equal(nearest("", known), undefined);
    assert.equal(nearest("port", []), undefined);
  });
});
