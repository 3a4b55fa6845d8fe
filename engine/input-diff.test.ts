import assert from "node:assert/strict";
import { inputDiff } from "./input-diff";
import { UNKNOWN } from "./property-value";

describe("the engine's own comparison of inputs", () => {
  it("names each place that differs, and how", () => {
    const { diffs, detailedDiff } = inputDiff(
      { same: 1, gone: 1, map: { a: 1, "b c": 1 }, list: [1, 2] },
      { same: 1, come: 1, map: { a: 2, "b c": 1 }, list: [1] },
    );
    assert.deepEqual(diffs, ["come", "gone", "list", "map"]);
    assert.deepEqual(
      Object.entries(detailedDiff ?? {}).map(([path, { kind }]) => `${kind} ${path}`),
      ["delete gone", "update map.a", "delete list[1]", "add come"],
    );
  });

  it("takes an unknown value for a difference", () => {
    assert.equal(inputDiff({ a: UNKNOWN }, { a: UNKNOWN }).changes, "some");
    assert.equal(inputDiff({ a: [1] }, { a: [1] }).changes, "none");
  });
});
