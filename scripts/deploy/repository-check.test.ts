import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repositoryFindings, verdict } from "./repository-check";

describe("whether a checkout is what its remote has", function () {
  this.timeout(20_000);
  let folder: string;
  let checkout: string;

  beforeEach(() => {
    notes = [];
    folder = mkdtempSync(join(tmpdir(), "slipway-repository-"));
    checkout = join(folder, "checkout");
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main", "remote");
    clone("checkout");
    write("projects.yml", "projects: {}");
    write("Pulumi.local.yaml", "config: {}");
    git(checkout, "add", ".");
    commit(checkout, "Begin");
    git(checkout, "push", "--quiet", "--set-upstream", "origin", "main");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function git(cwd: string, ...args: string[]): void {
    const who = ["-c", "user.name=Operator", "-c", "user.email=operator@example.org"];
    execFileSync("git", [...who, ...args], { cwd, stdio: "pipe" });
  }
  const clone = (name: string) => git(folder, "-c", "init.defaultBranch=main", "clone", "--quiet", "remote", name);
  const commit = (cwd: string, subject: string) => git(cwd, "commit", "--quiet", "--all", "--message", subject);
  const write = (file: string, text: string) => writeFileSync(join(checkout, file), text);
  let notes: string[] = [];
  const findings = (cwd = checkout) => repositoryFindings(cwd, "Pulumi.local.yaml", (line) => notes.push(line));

  it("MT-05 nothing is found while it is; the stack's own file may be edited, files that git does not know may be there", async () => {
    assert.deepEqual(await findings(), []);
    write("Pulumi.local.yaml", "config: { a: b }");
    write("notes.txt", "mine");
    assert.deepEqual(await findings(), []);
  });

  it("MT-05 names tracked files that are edited", async () => {
    write("projects.yml", "projects: { }");
    assert.deepEqual(await findings(), ["edits that are not committed: projects.yml; commit them, or git stash"]);
  });

  it("MT-05 counts commits that were not pushed, and those that were not pulled", async () => {
    write("projects.yml", "projects: { }");
    commit(checkout, "Edit");
    assert.deepEqual(await findings(), ["origin/main lacks one commit of this checkout; type git push"]);
    clone("other");
    for (const subject of ["One", "Two"])
      git(join(folder, "other"), "commit", "--quiet", "--allow-empty", "-m", subject);
    git(join(folder, "other"), "push", "--quiet");
    git(checkout, "reset", "--quiet", "--hard", "origin/main");
    assert.deepEqual(await findings(), ["this checkout lacks 2 commits of origin/main; type git pull --ff-only"]);
  });

  it("MT-05 a remote that does not answer is a finding; without one there is only a note", async () => {
    git(checkout, "remote", "set-url", "origin", join(folder, "nowhere"));
    assert.match((await findings())[0] ?? "", /^origin\/main could not be asked: /);
    git(checkout, "branch", "--unset-upstream");
    assert.deepEqual(await findings(), []);
    mkdirSync(join(folder, "plain"));
    assert.deepEqual(await findings(join(folder, "plain")), []);
    assert.deepEqual(notes, [
      "the branch follows none of a remote: nothing to compare it with",
      "the checkout is not in git: nothing to compare it with",
    ]);
  });

  it("MT-05 a remote is asked with the ssh that git is told to use, and that one asks nobody", async () => {
    const written = () => readFileSync(join(folder, "arguments"), "utf8");
    writeFileSync(join(folder, "ssh.sh"), `echo "$@" >${folder}/arguments\nexit 1\n`);
    git(checkout, "remote", "set-url", "origin", "ssh://host.invalid/remote");
    git(checkout, "config", "core.sshCommand", `sh ${folder}/ssh.sh -i key`);
    await findings();
    assert.match(written(), /^-i key -o BatchMode=yes .*host\.invalid/);
    process.env.GIT_SSH_COMMAND = `sh ${folder}/ssh.sh -i other`;
    try {
      await findings();
      assert.match(written(), /^-i other -o BatchMode=yes .*host\.invalid/);
    } finally {
      delete process.env.GIT_SSH_COMMAND;
    }
  });

  it("MT-05 a checkout that git refuses, or that there is no git for, is a finding, and not outside git", async () => {
    const during = async (variable: string, value: string) => {
      const before = process.env[variable];
      process.env[variable] = value;
      try {
        return await findings();
      } finally {
        if (before === undefined) delete process.env[variable];
        else process.env[variable] = before;
      }
    };
    const refused = await during("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
    assert.match(
      refused.join(),
      /^git tells nothing about the checkout: detected dubious ownership in repository at '/,
    );
    assert.match((await during("PATH", folder)).join(), /^git tells nothing about the checkout: .*git ENOENT/);
    assert.deepEqual(notes, []);
  });

  it("MT-05 everything is said at once", () => {
    const state = { edited: ["index.ts", "Pulumi.local.yaml"], upstream: "origin/main", ahead: 1, behind: 2 };
    assert.equal(verdict(state, "Pulumi.local.yaml").length, 3);
  });
});
