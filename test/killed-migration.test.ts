import assert from "node:assert/strict";
import { sweepMigrations } from "../host/sweep-orphans";
import { sampleRelease } from "./support/machine-images";
import { alikeNamed } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";
import { until } from "./support/until";

/** What a run leaves that is killed after it made a migration's container and before it started it. */
describe("a migration's container that was never started", function () {
  this.timeout(180_000);
  let stack: TestStack;

  before(async () => {
    stack = await TestStack.create({ projects: alikeNamed() });
    const live = await sampleRelease("hello", "1.0.0", stack.registryPort);
    await stack.configure({ releases: { hello: { live } } });
    await stack.deployed();
  });
  after(() => stack?.[Symbol.asyncDispose]());

  async function left(project: string): Promise<{ Id: string; Created: number }> {
    const [web] = await stack.containers({ "slipway.project": "hello" });
    const { "slipway.release": _, ...labels } = web?.Labels ?? {};
    const { id } = await stack.docker.createContainer({
      Image: web?.ImageID,
      Labels: { ...labels, "slipway.project": project, "slipway.service": "migrate", "slipway.release": "aaaaaaaaaa" },
    });
    return (await stack.containers()).find(({ Id }) => Id === id) ?? assert.fail("it was not made");
  }
  const migrations = async () => (await stack.containers({ "slipway.service": "migrate" })).map(({ Id }) => Id);

  it("PU-06 MT-08 is swept by the next rollout of another release, which has no migration itself", async () => {
    const { Created } = await left("hello");
    const other = await left("hello-web");
    await until("them to be nobody's", () => Date.now() / 1000 - Created > 11, 20);
    const { output } = await stack.succeed("deploy", "hello", "1.1.0");
    assert.match(output, /hello: removed what a killed run had left: /);
    assert.deepEqual(await migrations(), [other.Id]);
    await stack.docker.getContainer(other.Id).remove();
  });

  it("MT-08 is left while it may be about to start, and so is one that runs", async () => {
    const labels = { "slipway.stack": stack.name, "slipway.project": "hello", "slipway.release": "bbbbbbbbbb" };
    const [fresh, running] = [await left("hello"), await left("hello")];
    await stack.docker.getContainer(running.Id).start();
    assert.deepEqual(await sweepMigrations(labels), []);
    assert.equal((await sweepMigrations(labels, new Date(Date.now() + 60_000))).length, 1);
    assert.deepEqual(await migrations(), [running.Id]);
    assert.notEqual(fresh.Id, running.Id);
  });
});
