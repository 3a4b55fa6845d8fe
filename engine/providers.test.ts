import assert from "node:assert/strict";
import { type PackageRegistry, Providers } from "./providers";

const registry = {
  load: async () => ({ checkConfig: (inputs: object) => ({ inputs }) }),
} as unknown as PackageRegistry;

describe("a provider's configuration", () => {
  it("is the same where only the official plugin's own notes are gone", async () => {
    const recorded = { host: "h", __internal: {}, "__pulumi-go-provider-version": "1.2.1" };
    assert.deepEqual((await new Providers(registry).diffConfig("command", recorded, { host: "h" })).changes, "none");
  });

  it("differs by any other key", async () => {
    const { changes, diffs } = await new Providers(registry).diffConfig("command", { host: "h" }, { host: "other" });
    assert.deepEqual({ changes, diffs }, { changes: "some", diffs: ["host"] });
  });
});
