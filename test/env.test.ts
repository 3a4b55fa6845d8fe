import assert from "node:assert/strict";
import { chmod, rm } from "node:fs/promises";
import { join } from "node:path";
import { filesWith } from "./support/files";
import { sampleRelease } from "./support/machine-images";
import { helloLike } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";

const HOST = "hello.localhost";

describe("variables from .env files", function () {
  this.timeout(120_000);
  const canary = `canary-${Math.random().toString(36).slice(2)}-of-the-test`;
  let stack: TestStack;

  before(async () => {
    const variables = { required: ["TOKEN"], defaults: { MODE: "default", PORT: "1" } };
    stack = await TestStack.create({
      projects: { projects: { hello: { ...helloLike("hello"), variables }, dinghy: helloLike("dinghy") } },
    });
    const live = await sampleRelease("hello", "1.0.0", stack.registryPort);
    await stack.configure({
      deploy: { "*": { watchSeconds: 0 } },
      releases: { hello: { live }, dinghy: { live } },
    });
  });
  after(() => stack?.[Symbol.asyncDispose]());

  async function write(file: string, text: string): Promise<void> {
    await stack.write(file, text);
    await chmod(join(stack.folder, file), 0o600);
  }

  async function env(project: string): Promise<string[]> {
    const [web] = await stack.containers({ "slipway.project": project });
    const { Config } = await stack.docker.getContainer(web?.Id as string).inspect();
    return Config.Env.filter((line) => /^(TOKEN|MODE|PORT|OWN)=/.test(line)).sort();
  }

  it("MT-28 they reach their project's containers alone, before defaults and after the stack's configuration", async () => {
    await write(".env.local", `TOKEN=${canary}\nMODE=file\nPORT=2\n`);
    await write(".env.local.hello", "OWN=hello's\n");
    await stack.configure({ variables: { hello: { PORT: "3" } } });
    await stack.deployed();
    assert.deepEqual(await env("hello"), ["MODE=file", "OWN=hello's", "PORT=3", `TOKEN=${canary}`]);
    assert.deepEqual(await env("dinghy"), []);
  });

  it("MT-20 MT-28 PU-09 their values stand in no output, state, record or log", async () => {
    const runs = [
      await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes"),
      await stack.succeed("preview", "--diff"),
      await stack.succeed("stack", "export"),
    ];
    for (const { output } of runs) assert.ok(!output.includes(canary), output);
    assert.deepEqual(await filesWith(stack.folder, canary), [".env.local"]);
  });

  it("MT-28 another value is another release", async () => {
    const before = await stack.servedRelease(HOST);
    await write(".env.local.hello", "OWN=changed\n");
    await stack.deployed();
    assert.notEqual(await stack.servedRelease(HOST), before);
    assert.ok((await env("hello")).includes("OWN=changed"));
  });

  it("MT-28 a file that others can read ends a run before anything is touched", async () => {
    await chmod(join(stack.folder, ".env.local"), 0o640);
    const run = await stack.up();
    await chmod(join(stack.folder, ".env.local"), 0o600);
    assert.notEqual(run.code, 0);
    assert.match(run.output, /\.env\.local:1:1 others can read it \(mode 0640\); type chmod 600 \.env\.local/);
  });

  it("MT-28 `env import` encrypts a file into the stack's configuration, for the projects that declare each name", async () => {
    const { stdout } = await stack.succeed("env", "import", ".env.local");
    assert.match(stdout, /^hello: TOKEN is encrypted in Pulumi\..*\.yaml$/m);
    assert.ok(!stdout.includes(canary), stdout);
    const other = await stack.succeed("env", "import", ".env.local.hello", "--project", "hello", "--json");
    assert.deepEqual(JSON.parse(other.stdout), {
      ...{ schemaVersion: 1, result: "succeeded", stack: stack.name },
      variables: [{ project: "hello", name: "OWN" }],
    });
    await rm(join(stack.folder, ".env.local"));
    await rm(join(stack.folder, ".env.local.hello"));
    assert.deepEqual(await filesWith(stack.folder, canary), []);
    await stack.deployed();
    assert.deepEqual(await env("hello"), ["MODE=file", "OWN=changed", "PORT=2", `TOKEN=${canary}`]);
  });

  it("MT-28 `env import` refuses what nobody declares, an unknown project, and a wrong line", async () => {
    await write(".env.other", "NOBODYS=x\n");
    const nobody = await stack.slipway("env", "import", ".env.other");
    assert.equal(nobody.code, 1);
    assert.match(nobody.stderr, /\.env\.other:1 NOBODYS: no project declares it; say whose it is with --project/);
    const unknown = await stack.slipway("env", "import", ".env.other", "--project", "ghost");
    assert.match(unknown.stderr, /no project "ghost" in projects\.yml; known: hello, dinghy/);
    await write(".env.other", "no assignment\n");
    assert.match((await stack.slipway("env", "import", ".env.other")).stderr, /\.env\.other:1:1 found no NAME=value/);
    assert.equal((await stack.slipway("env", "export")).code, 1);
    const told = await stack.slipway("env", "import", ".env.other", "--json");
    assert.deepEqual([told.code, told.stdout], [1, ""]);
    const { code, file, line } = JSON.parse(told.stderr).error;
    assert.deepEqual([code, file, line], ["slipway.config.invalid", ".env.other", 1]);
    assert.equal((await stack.slipway("env", "--help")).code, 0);
  });
});
