import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { turnOnHooks } from "./git-hooks";
import { Progress } from "./progress";

const CALL = "git: your hooks are left as they are; to refuse secrets, call";

describe("the hooks of git", () => {
  let root: string;
  let global: string | undefined;

  beforeEach(() => {
    global = process.env.GIT_CONFIG_GLOBAL;
    root = mkdtempSync(join(tmpdir(), "slipway-hooks-"));
    process.env.GIT_CONFIG_GLOBAL = join(root, "gitconfig");
    mkdirSync(join(root, "scripts/git-hooks"), { recursive: true });
  });
  afterEach(() => {
    if (global === undefined) delete process.env.GIT_CONFIG_GLOBAL;
    else process.env.GIT_CONFIG_GLOBAL = global;
    rmSync(root, { recursive: true });
  });

  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: "pipe" }).trim();
  /** What is said. */
  async function turnOn(folder = root): Promise<string> {
    let said = "";
    await turnOnHooks(folder, new Progress((text) => (said += text)));
    return said;
  }

  it("MT-20 are set once, in the checkout alone", async () => {
    git("init", "-q");
    assert.equal(
      await turnOn(),
      "slipway: git: a commit that holds a secret is refused from now on (core.hooksPath)\n",
    );
    assert.equal(git("config", "--local", "core.hooksPath"), "scripts/git-hooks");
    assert.throws(() => git("config", "--global", "core.hooksPath"));
    assert.equal(await turnOn(), "");
  });

  it("MT-20 that somebody has stay, and how they call this one is said", async () => {
    git("init", "-q");
    mkdirSync(join(root, ".git/hooks"), { recursive: true });
    writeFileSync(join(root, ".git/hooks/pre-push"), "");
    assert.equal(await turnOn(), `slipway: ${CALL} scripts/git-hooks/pre-commit from your pre-commit\n`);
    assert.throws(() => git("config", "core.hooksPath"));
    git("config", "--global", "core.hooksPath", ".husky/_");
    assert.match(await turnOn(), /^slipway: git: your hooks are left as they are/);
    assert.equal(git("config", "core.hooksPath"), ".husky/_");
  });

  it("MT-20 of a repository that the checkout is only a part of are its owner's", async () => {
    git("init", "-q");
    mkdirSync(join(root, "part/scripts/git-hooks"), { recursive: true });
    const said = await turnOn(join(root, "part"));
    assert.equal(said, `slipway: ${CALL} part/scripts/git-hooks/pre-commit from your pre-commit\n`);
    assert.throws(() => git("config", "core.hooksPath"));
  });

  it("MT-20 are nothing to a folder without git", async () => {
    assert.equal(await turnOn(), "");
  });
});
