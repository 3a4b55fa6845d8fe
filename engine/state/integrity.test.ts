import assert from "node:assert";
import { newManifest, type StoredResource } from "./deployment-file";
import { integrityViolations } from "./integrity";

const urn = (name: string) => `urn:pulumi:dev::p::t:m:T::${name}`;
const stack: StoredResource = { urn: urn("stack"), custom: false, type: "pulumi:pulumi:Stack" };
const provider: StoredResource = { urn: urn("provider"), custom: true, type: "pulumi:providers:t", id: "1" };
const resource = (changes: object): StoredResource => ({
  urn: urn("a"),
  custom: true,
  type: "t:m:T",
  id: "i",
  ...changes,
});

const violations = (...resources: StoredResource[]) =>
  integrityViolations({ manifest: newManifest("2026-11-21T00:00:00Z"), resources });

describe("integrity of a state", () => {
  it("a good one has no violations", () => {
    const good = resource({ parent: stack.urn, provider: `${provider.urn}::1`, dependencies: [provider.urn] });
    assert.deepEqual(violations(stack, provider, good, resource({ delete: true })), []);
  });

  for (const [what, resources, message] of [
    ["a missing parent", [resource({ parent: stack.urn })], /child resource .*::a refers to missing parent .*::stack/],
    ["a parent further down", [provider, resource({ parent: stack.urn }), stack], /missing parent/],
    ["an unknown provider", [provider, resource({ provider: `${provider.urn}::2` })], /unknown provider .*::2/],
    ["a missing dependency", [resource({ dependencies: [urn("b")] })], /missing dependency .*::b/],
    [
      "a missing property dependency",
      [resource({ propertyDependencies: { x: [urn("b")] } })],
      /missing dependency .*::b/,
    ],
    ["two live entries of one URN", [resource({}), resource({})], /duplicate resource .*::a/],
    ["a component with an id", [{ ...stack, id: "x" }], /component .* has an id/],
    ["an entry without a type", [{ ...stack, type: "" }], /lacks a URN or a type/],
  ] as const) {
    it(`${what} is one`, () => {
      assert.match(violations(...resources).join("\n"), message);
    });
  }

  it("a manifest of another version is one", () => {
    const manifest = { ...newManifest("2026-11-21T00:00:00Z"), version: "v3.259.0" };
    assert.deepEqual(integrityViolations({ manifest }), ["the manifest's magic does not belong to its version"]);
  });

  it("a replacement that is half done may refer to a provider that is gone", () => {
    assert.deepEqual(violations(resource({ provider: "urn::1", pendingReplacement: true })), []);
  });
});
