import assert from "node:assert/strict";
import { KEPT_CHARACTERS, keptEnd } from "./kept-end";

describe("the end of an output", () => {
  const full = `${"x".repeat(KEPT_CHARACTERS - 1)}\n`;

  it("is all of one that is short enough", () => {
    assert.equal(keptEnd(""), "");
    assert.equal(keptEnd("a\nb"), "a\nb");
    assert.equal(keptEnd(full), full);
  });

  it("begins with a whole line, and has none of a line that is too long", () => {
    assert.equal(keptEnd(`a\n${full}`), full);
    assert.equal(keptEnd(`${full}last`), "last");
    assert.equal(keptEnd(`x${full}`), "");
    assert.equal(keptEnd("x".repeat(KEPT_CHARACTERS + 1)), "");
  });
});
