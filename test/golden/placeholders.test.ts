import assert from "node:assert/strict";
import { Bindings, matches } from "./placeholders";

const id = (digit: string) => digit.repeat(64);

describe("placeholders of the records", () => {
  it("stand for any value of their kind, and from then on for that one", () => {
    const bindings = new Bindings();
    assert.ok(matches("sha256:<ID-1>", `sha256:${id("a")}`, bindings));
    assert.ok(matches("<ID-1> of web", `${id("a")} of web`, bindings));
    assert.ok(!matches("<ID-1>", id("b"), bindings));
  });

  it("are one to one: two placeholders never stand for one value", () => {
    const bindings = new Bindings();
    assert.ok(matches("<ID-1>", id("a"), bindings));
    assert.ok(!matches("<ID-2>", id("a"), bindings));
    assert.ok(!matches("<ID-3> => <ID-4>", `${id("c")} => ${id("c")}`, bindings));
  });

  it("bind nothing when the text does not match", () => {
    const bindings = new Bindings();
    assert.ok(!matches("<ID-1> <TIME>", `${id("a")} yesterday`, bindings));
    assert.ok(matches("<ID-1>", id("b"), bindings));
  });

  it("know the short form of an id", () => {
    const bindings = new Bindings();
    assert.ok(matches("<ID-1>", id("a"), bindings));
    assert.ok(matches("<ID-1:12>", "a".repeat(12), bindings));
    assert.ok(!matches("<ID-2:12>", "a".repeat(12), bindings) || !matches("<ID-2>", id("a"), bindings));
    assert.ok(!matches("<ID-1:12>", "b".repeat(12), bindings));
  });

  it("take no other text for a time, and no text for a placeholder they do not know", () => {
    assert.ok(matches("at <TIME>", "at 2026-11-21T09:37:36.123456789Z", new Bindings()));
    assert.ok(!matches("at <TIME>", "at noon", new Bindings()));
    assert.ok(!matches("<tag>", "anything", new Bindings()));
  });

  it("take base64 in both alphabets for one value", () => {
    const bindings = new Bindings();
    assert.ok(matches("<RAND-1>", "g-ab+/", bindings));
    assert.ok(matches("<RAND-1>", "g-ab-_", bindings));
    assert.ok(!matches("<RAND-1>", "g-ab-x", bindings));
  });
});
