import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OfficialEngine } from "./official";
import { localPassphraseFile } from "./secrets/passphrase";
import { readProjectFile } from "./stack-file/project-file";

/** Writes down with which passphrase file it was called. */
const PULUMI = `#!/bin/sh
[ "$1" = version ] && { echo v3.260.0; exit; }
echo "\${PULUMI_CONFIG_PASSPHRASE_FILE-none}" >> calls
echo '{}'
`;

describe("Pulumi's own CLI as the engine, its calls", () => {
  let root: string;
  const path = process.env.PATH;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "slipway-"));
    writeFileSync(join(root, "Pulumi.yaml"), "name: slipway\nruntime: nodejs\n");
    writeFileSync(join(root, "pulumi"), PULUMI);
    chmodSync(join(root, "pulumi"), 0o755);
    process.env.PATH = `${root}:${path}`;
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(root, { recursive: true });
  });

  it("give the generated passphrase to stack `local`, and to no other", async () => {
    const engine = await OfficialEngine.open(await readProjectFile(join(root, "Pulumi.yaml")), {});
    for (const stack of ["local", "prod", "organization/slipway/local"]) {
      await engine.config(stack, false);
      await engine.exportStack(stack, false);
    }
    const own = localPassphraseFile(root);
    const given = readFileSync(join(root, "calls"), "utf8").trim().split("\n");
    assert.deepEqual(given, [own, own, "none", "none", own, own]);
  });
});
