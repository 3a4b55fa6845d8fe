import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { filesWith } from "./support/files";
import { sampleRelease } from "./support/machine-images";
import { helloLike, onlyHello } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";

/** Command lines of all processes that hold a text. */
function commandLinesWith(text: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, "utf8")];
      } catch {
        return []; // Ended meanwhile.
      }
    })
    .filter((line) => line.includes(text));
}

describe("secrets", function () {
  this.timeout(120_000);
  const canary = `canary-${Math.random().toString(36).slice(2)}-of-the-test`;
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create({ projects: onlyHello() });
    await stack.configure({ deploy: { "*": { watchSeconds: 0 } } });
    await stack.configure({ releases: { hello: { live: await sampleRelease("hello", "1.0.0", stack.registryPort) } } });
    await stack.succeed("config", "set", "--secret", "--path", "slipway:variables.hello.API_TOKEN", canary);
  });
  after(() => stack?.[Symbol.asyncDispose]());

  it("PU-09 fault 41 a variable's value reaches its container and nothing else: no output, log, state, history, label, ps", async () => {
    const inCommandLines = new Set<string>();
    const watch = setInterval(() => {
      for (const line of commandLinesWith(canary)) inCommandLines.add(line);
    }, 25);
    const events = join(stack.folder, "events.json");
    const runs = [
      await stack.deployed("--event-log", events),
      await stack.succeed("preview", "--diff"),
      await stack.succeed("config"),
      await stack.succeed("stack", "--show-urns"),
      await stack.succeed("stack", "history", "--json"),
      await stack.succeed("stack", "export"),
      await stack.succeed("stack", "output", "--json"),
    ];
    clearInterval(watch);
    for (const { output } of runs) assert.ok(!output.includes(canary), output);
    assert.deepEqual(await filesWith(stack.folder, canary), []);
    assert.deepEqual([...inCommandLines], []);

    const [web] = await stack.containers({ "slipway.project": "hello" });
    const { Config, HostConfig } = await stack.docker.getContainer(web?.Id as string).inspect();
    assert.ok(Config.Env.includes(`API_TOKEN=${canary}`), "the container does not have its variable");
    assert.ok(!JSON.stringify([Config.Labels, Config.Cmd, HostConfig]).includes(canary));
  });

  it("PU-09 a failed deploy does not print the value either", async () => {
    const { images } = await sampleRelease("hello", "1.1.0", stack.registryPort);
    const unknown = (images.web as string).replace(/[0-9a-f]{64}$/, "0".repeat(64));
    await stack.configure({ releases: { hello: { live: { version: "1.1.0", images: { web: unknown } } } } });
    const run = await stack.up();
    assert.equal(run.code, 1, run.output);
    assert.ok(!run.output.includes(canary), run.output);
    assert.deepEqual(await filesWith(stack.folder, canary), []);
  });

  it("MT-20 fault 41 a container and a migration that print the value before they fail do not give it away", async () => {
    const { images } = await sampleRelease("hello", "1.1.0", stack.registryPort);
    const prints = ["bash", "-c", 'echo "the token is $API_TOKEN"; exit 3'];
    for (const [change, expected] of [
      [
        { containers: { web: { ...helloLike("hello").containers.web, command: prints } } },
        /\| the token is \[API_TOKEN\]/,
      ],
      [{ migrations: { container: "web", upgrade: prints } }, /\| the token is \[API_TOKEN\]/],
    ] as const) {
      await stack.declare({ projects: { hello: { ...helloLike("hello"), ...change } } });
      await stack.configure({ releases: { hello: { live: { version: "1.1.0", images } } } });
      const run = await stack.up();
      assert.notEqual(run.code, 0, run.output);
      assert.match(run.output, expected);
      assert.ok(!run.output.includes(canary), run.output);
      // Everything that the host keeps as well: log, record, index of backups, audit log.
      assert.deepEqual(await filesWith(stack.folder, canary), []);
    }
  });

  it("MT-10 MT-20 fault 41 a debug page in the answer to a smoke test does not give it away", async () => {
    const { images } = await sampleRelease("hello", "1.1.0", stack.registryPort);
    const page = [
      'mkdir /tmp/page && echo "the token is $API_TOKEN" > /tmp/page/index.html',
      "sed -e s:/srv/public:/tmp/page: -e s:mime.types:/etc/nginx/mime.types: /etc/nginx/nginx.conf > /tmp/nginx.conf",
      "exec nginx -c /tmp/nginx.conf -g 'daemon off;'",
    ];
    const command = ["bash", "-c", page.join(" && ")];
    const smokeTests = [{ name: "greets", container: "web", path: "/", expect: { body: "This is version" } }];
    await stack.declare({ projects: { hello: { ...helloLike("hello", { command }), smokeTests } } });
    await stack.configure({ releases: { hello: { live: { version: "1.1.0", images } } } });
    const run = await stack.up();
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /smoke test "greets" failed: GET \/ answered 200, without .*: the token is \[API_TOKEN\]/);
    assert.ok(!run.output.includes(canary), run.output);
    assert.deepEqual(await filesWith(stack.folder, canary), []);
  });

  it("PU-09 --show-secrets shows it to whoever has the passphrase", async () => {
    const path = "slipway:variables.hello.API_TOKEN";
    assert.equal((await stack.succeed("config", "get", "--path", path)).stdout.trim(), canary);
  });
});
