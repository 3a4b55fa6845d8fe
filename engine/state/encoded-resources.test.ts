import { strict as assert } from "node:assert";
import type { ResourceState } from "../state";
import { EncodedResources } from "./encoded-resources";

describe("encoded resources", () => {
  const entry = (id: string) => ({ urn: `urn:${id}`, custom: true, type: "t", id }) as ResourceState;
  const [a, b, c, d] = ["a", "b", "c", "d".repeat(100_000)].map(entry) as [
    ResourceState,
    ResourceState,
    ResourceState,
    ResourceState,
  ];

  it("are those of the list, whichever list was asked for before", () => {
    const encoded = new EncodedResources(({ id }) => `"${id}é"`);
    for (const list of [[], [a], [a, b], [a, c, b], [b, c], [], [a, b, c, d], [a, b], [d, a]]) {
      assert.equal(String(encoded.of(list)), list.map(({ id }) => `"${id}é"`).join(","));
    }
  });

  it("are encoded no further than from the first that differs", () => {
    const asked: string[] = [];
    const encoded = new EncodedResources(({ id }) => {
      asked.push(String(id));
      return "x";
    });
    for (const list of [
      [a, b],
      [a, b, c],
      [a, c],
    ])
      encoded.of(list);
    assert.deepEqual(asked, ["a", "b", "c", "c"]);
  });
});
