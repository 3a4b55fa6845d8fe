import { strict as assert } from "node:assert";
import { ConfigError } from "./config-error";
import { YamlSource } from "./yaml-source";

function refusal(text: string): string {
  try {
    const { mistakes } = new YamlSource(text, "projects.yml");
    return new ConfigError(mistakes).message;
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message;
  }
}

function indented(levels: number): string {
  return Array.from({ length: levels }, (_, level) => `${" ".repeat(level)}a:`).join("\n");
}

describe("a YAML file with its places", () => {
  const source = new YamlSource("a:\n  - b: 1.10\n  - &x { c: [d] }\ne: *x\n", "f.yml");

  it("gives plain values, those behind aliases too", () => {
    assert.deepEqual(source.value, { a: [{ b: 1.1 }, { c: ["d"] }], e: { c: ["d"] } });
    assert.deepEqual(source.mistakes, []);
  });

  it("knows where a value and its key are, through lists and aliases", () => {
    assert.deepEqual(source.mistake(["a", 0, "b"], "no"), {
      file: "f.yml",
      line: 2,
      column: 8,
      path: "a/0/b",
      text: "no",
    });
    assert.equal(source.position(["a", 0, "b"]), "2:5");
    assert.equal(source.position(["e", "c", 0]), "3:14");
  });

  it("reports what is not there at the nearest place around it", () => {
    assert.equal(source.position(["a", 0, "x", "y"]), "2:5");
    assert.equal(source.position(["nowhere"]), "1:1");
  });

  it("knows how a number is written", () => {
    assert.equal(source.writtenAs(["a", 0, "b"]), "1.10");
    assert.equal(source.writtenAs(["a", 0]), undefined);
  });

  it("an empty file has no value", () => assert.equal(new YamlSource("# nothing\n", "f.yml").value, null));
});

describe("a YAML file that cannot be read", () => {
  for (const [title, text, message] of [
    ["a tab", "a:\n\tb: 1\n", "projects.yml:2:1 not YAML: tabs cannot indent; use spaces"],
    [
      "a second document",
      "a: 1\n---\nb: 1\n",
      "projects.yml:2:1 not YAML: a second document begins here; a file has one",
    ],
    ["lists in lists without end", "[".repeat(5000), "projects.yml:1:101 nested too deeply"],
    ["the same in dashes", `a:\n  ${"- ".repeat(5000)}b`, "projects.yml:2:203 nested too deeply"],
    ["the same in indentation", indented(300), "projects.yml:202:1 nested too deeply"],
    ["a tag of a programming language", "a: !!js/function x\n", "projects.yml:1:4 not YAML: Unresolved tag"],
    [
      "a duplicate key",
      "a: 1\nb:\n  c: 1\n  c: 2\n",
      'projects.yml:4:3 b/c: key "c" is there already, on line 3; keep one of the two',
    ],
    ["an alias without an anchor", "a: *b\n", "projects.yml:1:4 a: alias *b has no anchor before it"],
    ["an alias of what it is in", "a: &a\n  b: *a\n", "projects.yml:2:6 a/b: alias *a contains itself"],
    ["a key that is no text", "? [a]\n: 1\n", "projects.yml:1:3 this cannot be a key; allowed: text"],
    [
      "a key that could reach a prototype",
      "__proto__: { x: 1 }\n",
      "projects.yml:1:1 this cannot be a key; allowed: text",
    ],
  ] as const) {
    it(`MT-01 refuses ${title}, with its line`, () => {
      const found = refusal(text);
      assert.ok(found.startsWith(message), found);
    });
  }

  it("MT-01 refuses 10 MB without reading them", () => {
    const began = performance.now();
    assert.equal(
      refusal("# comment\n".repeat(1_000_000)),
      "projects.yml:1:1 9.5 MiB is too large; allowed: up to 2.0 MiB",
    );
    assert.ok(performance.now() - began < 500);
  });

  it("MT-01 refuses aliases that would fill the memory", () => {
    const levels = [..."bcdefghij"].map((name, level) => {
      return `${name}: &${name} [${Array(10).fill(`*${"abcdefghi"[level]}`).join(", ")}]`;
    });
    const message = refusal(["a: &a [1, 2, 3]", ...levels].join("\n"));
    assert.match(message, /more than 500000 values, those behind aliases counted at every use/);
  });
});
