import assert from "node:assert/strict";
import { buildUrn, isDefaultProvider, packageOf, parseProviderReference, parseUrn } from "./urn";

const of = { stack: "dev", project: "p", type: "docker:index/container:Container", name: "web" };
const root = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev";

describe("a URN", () => {
  it("is qualified by the component that a resource is in, and not by the stack", () => {
    assert.equal(buildUrn({ ...of, parent: root }), "urn:pulumi:dev::p::docker:index/container:Container::web");
    const group = buildUrn({ ...of, parent: root, type: "my:mod:Group", name: "g" });
    assert.equal(
      buildUrn({ ...of, parent: group }),
      "urn:pulumi:dev::p::my:mod:Group$docker:index/container:Container::web",
    );
    assert.equal(buildUrn({ ...of, parent: "" }), "urn:pulumi:dev::p::docker:index/container:Container::web");
  });

  it("is taken apart, a name with colons too", () => {
    const { type, qualifiedType, name } = parseUrn("urn:pulumi:dev::p::a:b:C$d:e:F::x::y");
    assert.deepEqual([type, qualifiedType, name], ["d:e:F", "a:b:C$d:e:F", "x::y"]);
    assert.throws(() => parseUrn("urn:pulumi:dev::p::type"), /is not a URN; one reads urn:pulumi/);
  });

  it("tells packages, default providers and instances", () => {
    assert.deepEqual([packageOf("pulumi:providers:docker"), packageOf("docker:index/x:X")], ["docker", "docker"]);
    assert.ok(isDefaultProvider("urn:pulumi:dev::p::pulumi:providers:docker::default_5_2_0"));
    assert.ok(!isDefaultProvider("urn:pulumi:dev::p::pulumi:providers:docker::mine"));
    assert.ok(!isDefaultProvider("urn:pulumi:dev::p::a:b:C::default"));
    const reference = parseProviderReference("urn:pulumi:dev::p::pulumi:providers:docker::default::1-2");
    assert.deepEqual(reference, { urn: "urn:pulumi:dev::p::pulumi:providers:docker::default", id: "1-2" });
  });
});
