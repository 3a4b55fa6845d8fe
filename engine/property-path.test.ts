import assert from "node:assert/strict";
import { containsPath, parsePropertyPath, withIgnoredChanges } from "./property-path";
import { secret } from "./property-value";

describe("a property path", () => {
  it("is read as the program writes it", () => {
    assert.deepEqual(parsePropertyPath('root.nested[0]["a.key"].*'), ["root", "nested", 0, "a.key", "*"]);
    assert.deepEqual(parsePropertyPath("list[*].name"), ["list", "*", "name"]);
    assert.deepEqual(parsePropertyPath('["quoted \\" key"]'), ['quoted " key']);
    assert.throws(() => parsePropertyPath("a[0"), /"a\[0" cannot be read at position 1: "\[0"/);
  });

  it("contains what lies in it", () => {
    const contains = (pattern: string, path: string) =>
      containsPath(parsePropertyPath(pattern), parsePropertyPath(path));
    assert.ok(contains("env", "env.A"));
    assert.ok(contains("*", "env.A"));
    assert.ok(contains("ports[*].external", "ports[3].external"));
    assert.ok(!contains("env.A", "env"));
    assert.ok(!contains("env.A", "env.B"));
  });
});

describe("changes that are ignored", () => {
  it("keep a list's new length", () => {
    assert.deepEqual(withIgnoredChanges({ l: [1, 2, 3] }, { l: [9] }, ["l[*]"]), { l: [9, 2, 3] });
  });

  it("invent nothing around a path that one side lacks", () => {
    assert.deepEqual(withIgnoredChanges({ x: 1 }, { a: { b: 1 } }, ["a.b"]), { x: 1 });
    assert.deepEqual(withIgnoredChanges({ a: { b: 1 } }, {}, ["a.b"]), { a: { b: 1 } });
  });

  it("see through secrets, and keep them", () => {
    const old = { a: secret({ b: 1, c: 1 }) };
    assert.deepEqual(withIgnoredChanges({ a: secret({ b: 2, c: 2 }) }, old, ["a.b"]), { a: secret({ b: 1, c: 2 }) });
    assert.deepEqual(withIgnoredChanges({ a: secret(2) }, { a: 1 }, ["a"]), { a: 1 });
  });
});
