import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const PROGRAM = resolve(__dirname, "../.slipway/build/slipway.js");

describe("the repository's commands, beside those of Pulumi", function () {
  this.timeout(20_000);
  let folder: string;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "slipway-own-")));
    for (const name of ["here", "there"]) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, "Pulumi.yaml"), "name: slipway\nruntime: nodejs\n");
    }
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function slipway(args: string[], env: NodeJS.ProcessEnv = {}) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
      cwd: join(folder, "here"),
      env: { ...process.env, SLIPWAY_ENGINE: "embedded", PULUMI_BACKEND_URL: "file://~/nowhere", ...env },
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  }

  it("SC-02 -C is the folder that each of them works in", () => {
    for (const command of ["runs", "backup", "health-check"]) {
      const { status, stderr } = slipway([command, "-C", "../there", "--stack", "nowhere"]);
      assert.equal(status, 1, command);
      assert.match(stderr, new RegExp(`there is no Pulumi.nowhere.yaml in ${folder}/there;`), command);
    }
    writeFileSync(join(folder, "there/.env"), "A=b");
    writeFileSync(join(folder, "there/projects.yml"), "projects: {}\n");
    const { stderr } = slipway(["env", "import", ".env", "-C", "../there", "--stack", "s"]);
    assert.match(stderr, /\.env:1 A: no project declares it/);
  });

  it("SC-01 a folder that is not there is a wrong use, and the command does not begin", () => {
    const { status, stderr } = slipway(["runs", "-C", "nowhere"]);
    assert.equal(status, 1);
    assert.match(stderr, /^error: --cwd nowhere: there is no such folder\n/);
  });

  it("SC-01 every wrong use ends with 1: 2 is that a backup failed, or a version is not found", () => {
    for (const [args, env] of [
      [["deploy", "hello", "--color", "blue"]],
      [["--color", "blue", "rollback"]],
      [["deploy", "-C"]],
      [["rollback", "hello", "--database", "keep", "--backup", "backup_20260304_050607"]],
      [["deploy", "hello"], { SLIPWAY_ENGINE: "x" }],
      [["deploy", "hello"], { PULUMI_BACKEND_URL: "s3://bucket" }],
    ] as [string[], NodeJS.ProcessEnv?][]) {
      const { status, stderr } = slipway([...args, "--json"], env);
      assert.deepEqual([status, JSON.parse(stderr).error.code], [1, "slipway.usage"], args.join(" "));
    }
    assert.equal(slipway(["up", "--color", "blue"]).status, 2, "as of Pulumi's CLI");
  });

  it("SC-01 --non-interactive asks nothing", () => {
    const line = [process.execPath, PROGRAM, "init", "--non-interactive"].join(" ");
    const { stdout } = spawnSync("script", ["-qec", line, "/dev/null"], {
      cwd: folder,
      encoding: "utf8",
      timeout: 10_000,
    });
    assert.match(stdout, /error: nobody is asked here; --yes takes the defaults/);
  });
});
