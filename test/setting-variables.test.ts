import assert from "node:assert/strict";
import { sampleRelease } from "./support/machine-images";
import { onlyHello } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";

describe("variables that override settings of a deploy", function () {
  this.timeout(120_000);
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create({ projects: onlyHello() });
    await stack.configure({ releases: { hello: { live: await sampleRelease("hello", "1.0.0", stack.registryPort) } } });
    await stack.deployed();
  });
  after(() => stack?.[Symbol.asyncDispose]());

  const up = (env: NodeJS.ProcessEnv, ...args: string[]) =>
    stack.start(["up", "--yes", "--skip-preview", ...args], { env }).done;

  it("RB-13 MONITORING_DURATION is how long `deploy` and `up` watch, and no longer that of the next one", async () => {
    const deployed = await stack.start(["deploy", "hello", "1.1.0"], { env: { MONITORING_DURATION: "2" } }).done;
    assert.equal(deployed.code, 0, deployed.output);
    assert.match(deployed.output, /hello: watching release \w+ for 2 s/);
    await stack.configure({ variables: { hello: { GREETING: "ahoy" } } });
    const applied = await up({ MONITORING_DURATION: "3" });
    assert.equal(applied.code, 0, applied.output);
    assert.match(applied.output, /hello: watching release \w+ for 3 s/);
    await stack.configure({ variables: { hello: { GREETING: "hello" } } });
    assert.doesNotMatch((await stack.deployed()).output, /watching release/);
  });

  it("RB-13 PU-07 they change nothing in an `up` that deploys nothing", async () => {
    const env = { MONITORING_DURATION: "9", ERROR_THRESHOLD: "0.5", HEALTH_CHECK_TIMEOUT: "3", DATABASE_TIMEOUT: "60" };
    const run = await up(env, "--expect-no-changes");
    assert.equal(run.code, 0, run.output);
  });

  it("RB-13 what is no number in range ends `deploy` and `up` before anything is done, with what it may be", async () => {
    const env = { ERROR_THRESHOLD: "10" };
    for (const run of [await stack.start(["deploy", "hello", "1.0.0"], { env }).done, await up(env)]) {
      assert.notEqual(run.code, 0, run.output);
      assert.match(run.output, /ERROR_THRESHOLD: is "10"; it has to be a number from 0 to 1/);
      assert.doesNotMatch(run.output, /Starting deployment/);
    }
  });
});
