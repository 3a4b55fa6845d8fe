import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeLocalStack } from "./local-state";
import { Progress } from "./progress";

describe("the state of stack local", () => {
  let root: string;
  let said: string;
  beforeEach(() => {
    said = "";
    root = mkdtempSync(join(tmpdir(), "slipway-state-"));
    writeFileSync(join(root, "Pulumi.yaml"), "name: slipway\nruntime: nodejs\nbackend: {url: file://.}\n");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const make = (environment: NodeJS.ProcessEnv = {}) =>
    makeLocalStack(root, new Progress((text) => (said += text)), environment);
  const state = (folder = root) => join(folder, ".pulumi/stacks/slipway/local.json");

  it("PU-02 is made where there is none, with the salt of the stack's file, and not touched again", async () => {
    await make();
    const { checkpoint } = JSON.parse(readFileSync(state(), "utf8"));
    assert.equal(checkpoint.stack, "organization/slipway/local");
    const salt = checkpoint.latest.secrets_providers.state.salt;
    assert.ok(readFileSync(join(root, "Pulumi.local.yaml"), "utf8").includes(salt));
    writeFileSync(state(), "{}");
    await make();
    assert.equal(readFileSync(state(), "utf8"), "{}");
    assert.equal(said, "");
  });

  it("PU-02 is made where PULUMI_BACKEND_URL leads to", async () => {
    const elsewhere = join(root, "elsewhere");
    mkdirSync(elsewhere);
    await make({ PULUMI_BACKEND_URL: `file://${elsewhere}` });
    assert.deepEqual([existsSync(state(elsewhere)), existsSync(state())], [true, false]);
  });

  it("PU-02 is left to Pulumi's CLI where only that can reach it", async () => {
    await make({ PULUMI_BACKEND_URL: "s3://bucket" });
    assert.match(
      said,
      /^slipway: whether stack local is there was not looked at: the state backend s3:\/\/bucket is not supported by/,
    );
  });
});
