import assert from "node:assert";
import { resourceTree } from "./resource-tree";

const urn = (type: string, name: string) => `urn:pulumi:dev::g-components::${type}::${name}`;
const STACK = urn("pulumi:pulumi:Stack", "g-components-dev");
const OUTER = urn("golden:app:Outer", "outer");

describe("tree of a stack's resources", () => {
  it("is drawn as Pulumi's CLI draws it, ids and URNs below their rows", () => {
    const tree = resourceTree(
      [
        { urn: STACK, custom: false, type: "pulumi:pulumi:Stack" },
        { urn: urn("pulumi:providers:command", "default"), custom: true, type: "pulumi:providers:command", id: "u-u" },
        { urn: OUTER, custom: false, type: "golden:app:Outer", parent: STACK },
        { urn: urn("c:l:C", "inner"), custom: true, type: "c:l:C", id: "i1", parent: OUTER },
        { urn: urn("c:l:C", "after"), custom: true, type: "c:l:C", id: "i2", parent: STACK },
      ],
      { showIds: true },
    );
    assert.equal(
      tree,
      `    TYPE                         NAME
    pulumi:pulumi:Stack          g-components-dev
    ├─ golden:app:Outer          outer
    │  └─ c:l:C                  inner
    │        ID: i1
    ├─ c:l:C                     after
    │     ID: i2
    └─ pulumi:providers:command  default
          ID: u-u
`,
    );
  });
});
