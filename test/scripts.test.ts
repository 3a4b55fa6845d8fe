import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { backupEntry } from "../host/backup/backup-entry.fixture";
import { describePlatform, describeProject } from "../host/description";
import { layout } from "../host/layout";
import { platform, projectOf } from "../host/platform.fixture";
import { ensureLocal } from "../scripts/setup";
import { finished, installHostProgram } from "./support/host-program";
import { onTerminal } from "./support/on-terminal";
import { onlyHello } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";

const REPOSITORY = resolve(__dirname, "..");
const ON_HOST = ["backup", "restore", "rollback", "health-check", "deployment-status"];

/** Of a command that loads nothing for it, while other tests run. */
const MOST_HELP_MS = 3000;

describe("the scripts of the contract", function () {
  this.timeout(120_000);
  let root: string;
  let installed: string;

  beforeEach(async () => {
    await ensureLocal(); // The programs are built.
    root = await mkdtemp(join(tmpdir(), "slipway-scripts-"));
    installed = join(root, "opt/slipway");
    await installHostProgram(installed);
    for (const name of ON_HOST) {
      await copyFile(join(REPOSITORY, `scripts/${name}.sh`), join(installed, `${name}.sh`));
    }
  });
  afterEach(() => rm(root, { recursive: true }));

  const script = (name: string, ...args: string[]) => finished(join(installed, `${name}.sh`), args);

  it("SC-01 each prints usage with --help and exits 0, on a host where nothing else is", async () => {
    for (const name of ON_HOST) {
      const { code, stdout, stderr } = await script(name, "--help");
      assert.deepEqual([code, stderr], [0, ""], name);
      assert.match(stdout, new RegExp(`^Examples:\n {2}${name}\\.sh`), name);
    }
  });

  it("SC-01 unknown options exit 1 with usage", async () => {
    for (const name of ON_HOST) {
      const { code, stdout, stderr } = await script(name, "--frobnicate");
      assert.deepEqual([code, stdout], [1, ""], name);
      assert.match(stderr, /^\[[-\d: ]{19}\] ERROR: unknown option --frobnicate\n\nExamples:\n/, name);
    }
  });

  it("SC-01 answers --help at once", async () => {
    const began = performance.now();
    await script("health-check", "--help");
    assert.ok(performance.now() - began < MOST_HELP_MS);
  });

  it("SC-02 find their host's root by where they stand, also through a link, and log there", async () => {
    const link = join(root, "health-check");
    await symlink(join(installed, "health-check.sh"), link);
    await mkdir(join(root, "elsewhere"));
    await symlink(join(installed, "host.js"), join(root, "elsewhere/host.js"));
    const through = [
      await finished(link, []),
      await finished(process.execPath, [join(root, "elsewhere/host.js"), "cli", "health-check"]),
    ];
    for (const { code, stderr } of through) {
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`ERROR: ${root}/var/lib/slipway/platform\\.json is not there`));
    }
    const log = await readFile(join(root, "var/log/slipway/deployment.log"), "utf8");
    const logged = through.map(({ stderr }) => stderr.replace(/^see: docs\/scripts\.md#health-check\n/m, ""));
    assert.equal(log, logged.join(""));
  });

  it("RB-13 DEPLOY_DIR names another root, BACKUP_DIR another folder of backups", async () => {
    const other = join(root, "other");
    const place = layout(other);
    await describePlatform(place, platform);
    await describeProject(place, projectOf("shop"));
    const backups = join(root, "backups");
    await mkdir(join(backups, "shop"), { recursive: true });
    const entry = backupEntry({ backup_id: "backup_20260102_030405" });
    await writeFile(join(backups, "shop/backup_index.json"), JSON.stringify({ backups: [entry] }));
    const env = { DEPLOY_DIR: other, BACKUP_DIR: backups };
    const run = await finished(join(installed, "deployment-status.sh"), ["shop", "--rollback"], env);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, /^backup_20260102_030405 /m);
  });

  it("SC-09 restore asks on a terminal, and leaves all as it is at a no", async () => {
    const place = layout(root);
    await describePlatform(place, platform);
    await describeProject(place, projectOf("shop"));
    const line = `${installed}/restore.sh shop backup_20260102_030405`;
    const { output, code } = await onTerminal(line, "no\r");
    assert.equal(code, 1);
    assert.match(output, /configuration of shop by backup_20260102_030405\? \[yes\/no\]: /);
    assert.match(output, /ERROR: not confirmed, so nothing was changed/);
    assert.equal((await onTerminal(line, "\x03")).code, 130, "at a Ctrl-C");
  });

  it("are clean for shellcheck, where it is installed", function () {
    try {
      execFileSync("shellcheck", ["--version"], { stdio: "ignore" });
    } catch {
      return this.skip();
    }
    const scripts = [...ON_HOST, "deploy"].map((name) => join(REPOSITORY, `scripts/${name}.sh`));
    execFileSync("shellcheck", scripts, { stdio: "inherit" });
  });

  describe("in a checkout", () => {
    let checkout: string;

    beforeEach(async () => {
      checkout = join(root, "checkout");
      await mkdir(join(checkout, "scripts"), { recursive: true });
      await writeFile(join(checkout, "slipway"), '#!/bin/sh\nprintf "%s|" "$@"\nexit 3\n');
      await chmod(join(checkout, "slipway"), 0o755);
      for (const name of [...ON_HOST, "deploy"]) {
        await copyFile(join(REPOSITORY, `scripts/${name}.sh`), join(checkout, `scripts/${name}.sh`));
      }
    });

    it("SC-02 SC-03 hand arguments and exit code over to ./slipway, from any folder and through a link", async () => {
      for (const name of [...ON_HOST, "deploy"]) {
        const link = join(root, `${name}-link`);
        await symlink(join(checkout, `scripts/${name}.sh`), link);
        for (const path of [join(checkout, `scripts/${name}.sh`), link]) {
          const { code, stdout } = await finished(path, ["shop", "two words", "--yes"]);
          assert.deepEqual([code, stdout], [3, `${name}|shop|two words|--yes|`], path);
        }
      }
    });
  });

  it("SC-02 the checkout's commands run on the host of the stack that is named, or else of the one in use", async () => {
    await using stack = await TestStack.create({ projects: onlyHello() });
    await stack.deployed();
    for (const args of [[], ["--stack", stack.name]]) {
      const { code, stdout } = await stack.slipway("health-check", "nginx", "--json", ...args);
      assert.equal(code, 0);
      assert.deepEqual(JSON.parse(stdout).services, { nginx: { status: "healthy", response_time_ms: null } });
    }
    const colored = await stack.slipway("health-check", "nginx", "--color", "always");
    assert.ok(colored.stdout.includes("\u001b[32m["), "an option of every command reaches the host's");
    const unknown = await stack.slipway("health-check", "--stack", "nowhere");
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /there is no Pulumi\.nowhere\.yaml in .*; the stacks are listed by: slipway stack ls/);
    await stack.declare({ projects: "damaged" });
    const { code } = await stack.slipway("deployment-status");
    assert.equal(code, 0, "a mistake in projects.yml keeps nobody from looking at the host");
  });
});
