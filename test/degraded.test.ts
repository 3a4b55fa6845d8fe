import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { derivedImage, SPOILS } from "./support/derived-image";
import { sampleRelease } from "./support/machine-images";
import { onlyHello } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";
import { until } from "./support/until";

const HOST = "hello.localhost";
const watch = { watchSeconds: 40, holdSeconds: 15, settleSeconds: 1, failures: 3, minimumRequests: 10 };

describe("a way back that fails", function () {
  this.timeout(180_000);
  let stack: TestStack;
  let live: string;
  const told: string[] = [];
  const webhook = createServer(async (asked, answer) => {
    told.push((JSON.parse(await text(asked)) as { text: string }).text);
    answer.end();
  });

  before(async () => {
    await new Promise<void>((done) => webhook.listen(0, "127.0.0.1", done));
    const notify = { webhook: `http://127.0.0.1:${(webhook.address() as AddressInfo).port}` };
    stack = await TestStack.create({ projects: onlyHello(), config: { deploy: { "*": watch }, notify } });
    await stack.configure({ releases: { hello: { live: await sampleRelease("hello", "1.0.0", stack.registryPort) } } });
    await stack.deployed();
    live = await stack.servedRelease(HOST);
    await derivedImage(stack, "2.0.0", SPOILS);
  });
  after(async () => {
    webhook.closeAllConnections();
    webhook.close();
    await stack?.[Symbol.asyncDispose]();
  });

  const project = (file: string) => join(stack.folder, ".slipway/var/lib/slipway/projects/hello", file);
  const read = async (file: string) => JSON.parse(await readFile(project(file), "utf8"));
  const status = async () => {
    const { stdout } = await stack.succeed("deployment-status", "hello", "--json");
    return JSON.parse(stdout) as { degraded: { text: string } | null };
  };

  async function inRelease(release: string, ...command: string[]): Promise<void> {
    const [web] = await stack.containers({ "slipway.project": "hello", "slipway.release": release });
    await (await stack.docker.getContainer(web?.Id as string).exec({ Cmd: command })).start({});
  }

  /** Deploys 2.0.0; resolves with its release as soon as the watch has begun. */
  async function watched() {
    const command = stack.start(["deploy", "hello", "2.0.0"]);
    const release = await until("the watch", async () => {
      const { release, state, checks } = await read("watch.json").catch(() => ({}));
      return state === "running" && release !== live && checks > 0 && (release as string);
    });
    return { release, command };
  }

  /** What every place says while the project is degraded, though its containers are well. */
  async function assertDegraded(release: string, why: RegExp): Promise<void> {
    assert.equal(await stack.servedRelease(HOST), "");
    await inRelease(release, "rm", "/tmp/spoilt");
    await until("the release to be well", async () => (await stack.servedRelease(HOST)) === release);
    const { degraded } = await status();
    assert.match(degraded?.text ?? "", why);
    const shown = await stack.succeed("deployment-status", "hello");
    assert.match(shown.stdout, /\n {2}degraded going back to 1\.0\.0 .*serves; /);
    const health = await stack.slipway("health-check", "hello");
    assert.equal(health.code, 1, health.output);
    assert.match(health.stdout, /hello\/web +degraded .*going back to 1\.0\.0/);
    assert.match(health.output, /Health check failed: 0 unhealthy, 1 degraded/);
    assert.ok(
      told.some((one) => one.startsWith("hello is degraded: going back to 1.0.0")),
      told.join("\n"),
    );
    assert.match(await stack.hostLog(), /ERROR: hello is degraded: going back to 1\.0\.0 .* serves; /);
  }

  async function assertWell(): Promise<void> {
    assert.equal(await stack.servedRelease(HOST), live);
    assert.equal((await status()).degraded, null);
    await stack.succeed("health-check", "hello");
  }

  it("fault 29 RB-12 the standby is gone when the watch needs it: degraded, until what it says was run", async () => {
    const { release, command } = await watched();
    for (const { Id } of await stack.containers({ "slipway.project": "hello", "slipway.release": live })) {
      await stack.docker.getContainer(Id).remove({ force: true });
    }
    await inRelease(release, "touch", "/tmp/spoilt");
    const run = await command.done;
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /Live: 2\.0\.0 \(release [0-9a-f]{10}\), which keeps the traffic\. To see more/);
    await assertDegraded(
      release,
      /no such container.*serves; next: slipway up --refresh.*slipway deploy hello 1\.0\.0/i,
    );
    const { deployment_history: past } = await read("manifest.json");
    assert.equal(past.find(({ version }: { version: string }) => version === "2.0.0").result, "failed");
    await stack.deployed("--refresh");
    await stack.succeed("deploy", "hello", "1.0.0");
    await assertWell();
  });

  it("fault 29 RB-12 nginx refuses the way back: degraded, until a rollback succeeds", async () => {
    await stack.configure({ deploy: { "*": { ...watch, holdSeconds: 1 } } });
    const { release, command } = await watched();
    assert.equal((await command.done).code, 0);
    const { sha256: _, ...record } = await read("record.json");
    const { routes } = record.standby;
    const standby = { ...record.standby, routes: { ...routes, locations: "nonsense on;\n" } };
    await writeFile(project("record.json"), JSON.stringify({ ...record, standby }));
    await inRelease(release, "touch", "/tmp/spoilt");
    await until("the project to be degraded", async () => (await read("record.json")).degraded !== undefined, 40);
    await until(
      "the end of the watch",
      async () => (await read("manifest.json")).deployment_history[0].result === "failed",
    );
    await assertDegraded(release, /unknown directive "nonsense".*serves; once that is mended: slipway rollback hello$/);
    const { sha256: __, ...degraded } = await read("record.json");
    await writeFile(project("record.json"), JSON.stringify({ ...degraded, standby: { ...standby, routes } }));
    await stack.succeed("rollback", "hello", "--yes");
    await assertWell();
  });
});
