import assert from "node:assert/strict";
import { replaceOnChanges } from "./plan-diff";
import type { DiffResult } from "./provider";
import type { ResourceState } from "./state";

const old: ResourceState = { urn: "urn", custom: true, type: "t" };
const changed: DiffResult = {
  changes: "some",
  diffs: ["env"],
  detailedDiff: { "env.A": { kind: "update", inputDiff: false }, "env.B": { kind: "add", inputDiff: false } },
};

describe("replaceOnChanges", () => {
  it("turns a change that a path contains into a replacement", () => {
    const { detailedDiff, replaces } = replaceOnChanges(changed, ["env.A"], old);
    assert.deepEqual(detailedDiff?.["env.A"]?.kind, "update-replace");
    assert.deepEqual(detailedDiff?.["env.B"]?.kind, "add");
    assert.deepEqual(replaces, []);
  });

  it("names the key where the whole of it is meant", () => {
    for (const path of ["env", "*"]) assert.deepEqual(replaceOnChanges(changed, [path], old).replaces, ["env"]);
  });

  it("does nothing without a change, except for init errors when they are named", () => {
    assert.deepEqual(replaceOnChanges({ changes: "none" }, ["*"], old).replaces, []);
    const unhealthy = { ...old, initErrors: ["not healthy"] };
    assert.deepEqual(replaceOnChanges({ changes: "none" }, ["#initerror"], unhealthy).replaces, ["#initerror"]);
  });
});
