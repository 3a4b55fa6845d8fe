import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { buildSync } from "esbuild";

const REPOSITORY = resolve(__dirname, "../..");
const CANARY = "kR3jT9qXz7Lm2Vb8Np4Wc6Yd1Fg5Hs0";
const KEY = ["-----BEGIN OPENSSH", "PRIVATE KEY-----"].join(" ");
/** Of the hook alone: what is set here, and where git is started from, is not for it. */
const ENVIRONMENT = {
  PATH: process.env.PATH,
  GIT_CONFIG_GLOBAL: "/dev/null",
  ...{ GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@b.test", GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@b.test" },
};
const REFUSED = "slipway: the commit is refused, as it has secrets; git commit --no-verify makes it all the same\n";
const WHY = "./slipway setup was not run here, or node cannot run it";

describe("the hook before a commit", function () {
  this.timeout(20_000);
  let program: string;
  let root: string;

  before(() => {
    const entryPoints = [join(__dirname, "main.ts")];
    const { outputFiles } = buildSync({ entryPoints, bundle: true, platform: "node", write: false });
    program = outputFiles[0]?.text ?? "";
  });
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "slipway-commit-"));
    git("init", "-q");
    git("config", "core.hooksPath", "scripts/git-hooks");
    mkdirSync(join(root, "scripts/git-hooks"), { recursive: true });
    copyFileSync(join(__dirname, "pre-commit"), join(root, "scripts/git-hooks/pre-commit"));
    mkdirSync(join(root, ".slipway/build"), { recursive: true });
    writeFileSync(join(root, ".slipway/build/plain-secrets.js"), program);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  function git(...args: string[]): string {
    return execFileSync("git", args, {
      cwd: root,
      env: ENVIRONMENT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  function stage(file: string, content: string): void {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
    git("add", "--force", file);
  }

  function commit(...args: string[]) {
    const command = ["commit", "-q", "-m", "message", ...args];
    const { status, stdout, stderr } = spawnSync("git", command, { cwd: root, env: ENVIRONMENT, encoding: "utf8" });
    return { status, output: stdout + stderr };
  }

  /** The values must stand nowhere in what is said. */
  function assertRefused(said: string): void {
    assert.deepEqual(commit(), { status: 1, output: said + REFUSED });
  }

  it("MT-20 refuses a plain secret in a stack's file, by line and key, and takes it encrypted", () => {
    const head = "config:\n  slipway:variables:\n    shop:\n      LOG: info\n      API_TOKEN:";
    stage("Pulumi.prod.yaml", `${head} ${CANARY}\n`);
    assertRefused(
      "Pulumi.prod.yaml:5: config.slipway:variables.shop.API_TOKEN: a plain value that looks like a secret\n" +
        "hint: encrypt it: ./slipway config set --stack prod --secret --path 'slipway:variables.shop.API_TOKEN'\n",
    );
    stage("Pulumi.prod.yaml", `${head}\n        secure: v1:${CANARY}:${CANARY}\n`);
    assert.deepEqual(commit(), { status: 0, output: "" });
  });

  it("MT-20 refuses one in projects.yml, and says where it belongs", () => {
    stage("projects.yml", `projects: {shop: {variables: {defaults: {"a.password": ${CANARY}}}}}\n`);
    assertRefused(
      `projects.yml:1: projects.shop.variables.defaults["a.password"]: a plain value that looks like a secret\n` +
        "hint: encrypt it: ./slipway config set --stack STACK --secret --path 'slipway:variables.PROJECT.NAME'\n",
    );
  });

  it("MT-20 refuses files of secrets and of the state by their names, in every folder", () => {
    const files = [".env", ".env.key", ".pulumi/stacks/a.json", "a b/.env.prod", "a b/my-passphrase", "id_rsa"];
    for (const file of files) stage(file, CANARY);
    const said = files.map((file) => `${file}: a file of secrets or of the state\nhint: keep it out of git: `);
    assertRefused(said.map((text, index) => `${text}git rm --cached '${files[index]}'\n`).join(""));
  });

  it("MT-20 refuses private keys wherever they are, and lets one go", () => {
    stage("notes.md", `a\n${KEY}\n${CANARY}\n`);
    assertRefused("notes.md:2: a private key\nhint: keep it out of git: git rm --cached 'notes.md'\n");
    commit("--no-verify");
    stage("notes.md", "a\n");
    assert.deepEqual(commit(), { status: 0, output: "" });
  });

  it("MT-20 looks at what is staged, not at the file", () => {
    const file = join(root, "Pulumi.prod.yaml");
    stage("Pulumi.prod.yaml", `config: {a:token: ${CANARY}}\n`);
    writeFileSync(file, "config: {}\n");
    assert.equal(commit().status, 1);
    stage("Pulumi.prod.yaml", "config: {}\n");
    writeFileSync(file, `config: {a:token: ${CANARY}}\n`);
    assert.equal(commit().status, 0);
  });

  it("MT-20 lets a file of secrets be taken out of git, and everything with --no-verify", () => {
    stage(".env", CANARY);
    assert.equal(commit("--no-verify").status, 0);
    git("rm", "-q", "--cached", ".env");
    assert.deepEqual(commit(), { status: 0, output: "" });
  });

  it("MT-20 says what it cannot look at before anything was built, and still refuses names", () => {
    rmSync(join(root, ".slipway"), { recursive: true });
    stage("Pulumi.prod.yaml", "config: {}\n");
    const told = `slipway: values in stacks' files are not looked at: ${WHY}\n`;
    assert.deepEqual(commit(), { status: 0, output: told });
    stage(".env", CANARY);
    assert.equal(commit().status, 1);
  });

  it("MT-20 a program that cannot run refuses nothing", () => {
    writeFileSync(join(root, ".slipway/build/plain-secrets.js"), "process.exit(1)");
    stage("Pulumi.prod.yaml", "config: {}\n");
    assert.deepEqual(commit(), { status: 0, output: `slipway: values in stacks' files are not looked at: ${WHY}\n` });
  });

  it("MT-20 takes a value that was put into git on purpose, and what is public by its place", () => {
    const head = "config:\n  slipway:variables:\n    shop:\n";
    stage("Pulumi.prod.yaml", `${head}      API_TOKEN: ${CANARY}\n`);
    assert.equal(commit("--no-verify").status, 0);
    const images = `  slipway:releases: { shop: { live: { images: { token-api: "registry.test/a@sha256:${CANARY}1" } } } }\n`;
    const others = `secretsprovider: awskms://alias/${CANARY}?region=us-east-1\n`;
    stage("Pulumi.prod.yaml", `${others}${head}      LOG: info\n      API_TOKEN: ${CANARY}\n${images}`);
    assert.deepEqual(commit(), { status: 0, output: "" });
    stage("Pulumi.prod.yaml", `${head}      API_TOKEN: ${CANARY}2\n`);
    assert.equal(commit().status, 1);
  });

  it("MT-20 works in a worktree", () => {
    git("add", "scripts");
    git("commit", "-q", "-m", "hook");
    git("worktree", "add", "-q", "tree");
    writeFileSync(join(root, "tree/.env"), CANARY);
    git("-C", "tree", "add", ".env");
    const { status, stderr } = spawnSync("git", ["-C", "tree", "commit", "-m", "m"], { cwd: root, env: ENVIRONMENT });
    assert.match(String(stderr), /^\.env: a file of secrets/);
    assert.equal(status, 1);
  });

  it("MT-20 takes this repository as it is, as if all of it were new", function () {
    const own = (name: string) =>
      spawnSync("git", ["-C", REPOSITORY, "rev-parse", "--git-path", name], { env: ENVIRONMENT });
    const [index, objects] = ["index", "objects"].map((name) => resolve(REPOSITORY, String(own(name).stdout).trim()));
    if (!existsSync(index as string)) this.skip(); // Not a checkout of git.
    copyFileSync(index as string, join(root, "index"));
    const env = {
      ...ENVIRONMENT,
      GIT_DIR: join(root, ".git"),
      GIT_WORK_TREE: REPOSITORY,
      GIT_INDEX_FILE: join(root, "index"),
      GIT_OBJECT_DIRECTORY: objects,
    };
    const { status, stderr } = spawnSync(join(root, "scripts/git-hooks/pre-commit"), { cwd: REPOSITORY, env });
    assert.deepEqual([status, String(stderr)], [0, ""]);
  });
});
