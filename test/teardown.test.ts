import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sampleRelease } from "./support/machine-images";
import { onlyHello } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";

const HOST = "hello.localhost";

describe("a release that went live when the one before cannot be taken away", function () {
  this.timeout(120_000);
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create({ projects: onlyHello() });
    await stack.configure({ releases: { hello: { live: await sampleRelease("hello", "1.0.0", stack.registryPort) } } });
    await stack.deployed();
    await stack.succeed("deploy", "hello", "1.1.0");
  });
  after(() => stack?.[Symbol.asyncDispose]());

  /** Until it is disposed of a command of the host's fails, as over a connection that is lost. */
  async function without(verb: string): Promise<AsyncDisposable> {
    const program = join(stack.folder, ".slipway/opt/slipway/host.js");
    const whole = await readFile(program, "utf8");
    const lost = `if (process.argv.includes("${verb}")) { console.error("the connection is lost"); process.exit(255); }`;
    await writeFile(program, `${lost}\n${whole}`);
    return { [Symbol.asyncDispose]: () => writeFile(program, whole) };
  }

  it("SC-03 MT-27 edge case 16: it stays and the deploy succeeds, with a warning; the next `up` does what is left", async () => {
    // Its second deploy is the first with a standby to take away.
    await stack.succeed("config", "set", "--path", "slipway:variables.hello.GREETING", "ahoy");
    const before = await stack.servedRelease(HOST);
    const { run, failures } = await (async () => {
      await using _ = await without("retire");
      await using load = stack.load(HOST);
      return { run: await stack.slipway("deploy", "hello"), failures: (await load.stop()).failures };
    })();
    assert.equal(run.code, 0, run.output);
    assert.deepEqual(failures, []);
    assert.match(
      run.stderr,
      /WARN: 1\.1\.0 is live and stays, but not all of the release before could be taken away: .*to do what is left: slipway up/,
    );
    assert.match(run.stdout, /INFO: Deployment successful: 1\.1\.0$/m);
    const live = await stack.servedRelease(HOST);
    assert.notEqual(live, before);
    await stack.deployed();
    assert.equal(await stack.servedRelease(HOST), live);
    const releases = (await stack.containers({ "slipway.project": "hello" })).map((it) => it.Labels["slipway.release"]);
    assert.deepEqual([...new Set(releases)].sort(), [before, live].sort());
    await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("SC-04 MT-27 edge case 16: so it does after a rollback, which succeeds as well", async () => {
    const { run, failures } = await (async () => {
      await using _ = await without("retire");
      await using load = stack.load(HOST);
      return {
        run: await stack.slipway("rollback", "hello", "1.0.0", "--yes"),
        failures: (await load.stop()).failures,
      };
    })();
    assert.equal(run.code, 0, run.output);
    assert.deepEqual(failures, []);
    assert.match(run.stderr, /WARN: 1\.0\.0 is live and stays, but not all .*to do what is left: slipway up/);
    assert.match(run.stdout, /INFO: Rollback successful: 1\.0\.0$/m);
    assert.match((await stack.get(HOST)).body, /1\.0\.0/);
    await stack.deployed();
    assert.match((await stack.get(HOST)).body, /1\.0\.0/);
    await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("SC-04 PU-06 a rollback whose traffic is back and whose configuration cannot follow says so: exit 1, and a rerun does it", async () => {
    const to = (await stack.containers({ "slipway.project": "hello" })).map((it) => it.Labels["slipway.release"]);
    const live = await stack.servedRelease(HOST);
    const run = await (async () => {
      await using _ = await without("rollout");
      return await stack.slipway("rollback", "hello", "--yes");
    })();
    assert.equal(run.code, 1, run.output);
    assert.match(run.stderr, /ERROR: Rollback of hello failed: /);
    const back = await stack.servedRelease(HOST);
    assert.ok(back !== live && to.includes(back), run.output);
    await stack.succeed("rollback", "hello", "--yes");
    assert.equal(await stack.servedRelease(HOST), back);
    await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  });
});
