import assert from "node:assert/strict";
import { deleteLayers } from "./plan-deletes";
import type { ResourceState } from "./state";

const row = (urn: string, state: Partial<ResourceState> = {}) => ({
  state: { urn, custom: true, type: "t", ...state },
});

function order(rows: ReturnType<typeof row>[]): string[] {
  const layers = deleteLayers({ rows, isCondemned: () => true });
  return layers.map((layer) =>
    layer
      .map((step) => (step.kind === "skip" ? "" : step.row.state.urn))
      .sort()
      .join(" "),
  );
}

describe("the order of deletes", () => {
  it("has dependents before what they depend on, however deep", () => {
    const rows = [
      row("a"),
      row("b", { dependencies: ["a"] }),
      row("c", { propertyDependencies: { x: ["b"] } }),
      row("d"),
    ];
    assert.deepEqual(order(rows), ["c", "b", "a d"]);
  });

  it("has children before parents and resources before their provider", () => {
    const rows = [
      row("provider", { id: "1" }),
      row("component", { custom: false }),
      row("child", { parent: "component", provider: "provider::1" }),
    ];
    assert.deepEqual(order(rows), ["child", "component provider"]);
  });

  it("takes a dependency on a component for one on its children", () => {
    const rows = [
      row("component", { custom: false }),
      row("child", { parent: "component" }),
      row("user", { dependencies: ["component"] }),
    ];
    assert.deepEqual(order(rows), ["user", "child", "component"]);
  });

  it("tells the instances of a provider apart", () => {
    const old = row("provider", { id: "1", delete: true });
    const rows = [
      old,
      row("user", { provider: "provider::1", delete: true }),
      row("other", { provider: "provider::2" }),
    ];
    assert.deepEqual(order(rows), ["user", "other provider"]);
  });
});
