import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

describe("what starts a program", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "slipway-launch-"));
    copyFileSync(join(__dirname, "launch.cjs"), join(folder, "host.js"));
    writeFileSync(join(folder, "host.bundle.js"), "console.log(process.version);");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** By a Node that says it is of this version. */
  function start(version: string) {
    writeFileSync(
      join(folder, "as.cjs"),
      `const versions = { ...process.versions, node: "${version}" };
      Object.defineProperty(process, "versions", { value: versions });
      Object.defineProperty(process, "version", { value: "v${version}" });`,
    );
    const args = ["--require", join(folder, "as.cjs"), join(folder, "host.js"), "cli"];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    return { status, stdout, stderr };
  }

  it("SC-01 says on a host, too, that its Node is too old, instead of failing somewhere", () => {
    const { status, stdout, stderr } = start("18.20.4");
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /^slipway: Node\.js v18\.20\.4 \(.*\) is too old; 20 or newer is needed\nhint: /);
    assert.deepEqual(start("20.0.0"), { status: 0, stdout: "v20.0.0\n", stderr: "" });
  });
});
