import assert from "node:assert/strict";
import { parseDuration } from "./duration";

describe("a duration", () => {
  it("is read as Go writes it, in seconds", () => {
    const texts = ["90s", "5m", "1h30m", "1.5s", "250ms", ""];
    assert.deepEqual(texts.map(parseDuration), [90, 300, 5400, 1.5, 0.25, undefined]);
  });

  it("that cannot be read is quoted, with an example", () => {
    for (const text of ["soon", "5", "5 m", "m", "-5m"]) {
      assert.throws(() => parseDuration(text), new RegExp(`unable to parse customTimeout Value ${text}; .*90s`));
    }
  });
});
