import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { docker } from "../host/docker";
import { sampleRelease } from "./support/machine-images";
import { helloWithWorker } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";

const HOST = "hello.localhost";

describe("a way back after which a worker does not work", function () {
  this.timeout(180_000);
  let stack: TestStack;
  let live: string;

  before(async () => {
    stack = await TestStack.create({ projects: { projects: { hello: helloWithWorker(2) } } });
    for (const version of ["1.0.0", "1.1.0"]) {
      const release = await sampleRelease("hello", version, stack.registryPort);
      const { web: image = "" } = release.images;
      await stack.configure({ releases: { hello: { live: { ...release, images: { web: image, mailer: image } } } } });
      if (version === "1.0.0") await stack.deployed();
    }
    live = await stack.servedRelease(HOST);
    await stack.succeed("deploy", "hello");
  });
  after(() => stack?.[Symbol.asyncDispose]());

  const mailer = async (release: string) => {
    const wanted = { "slipway.project": "hello", "slipway.service": "mailer", "slipway.release": release };
    const [found] = await stack.containers(wanted);
    return docker().getContainer(found?.Id as string);
  };
  const isWorking = async (release: string) => (await (await mailer(release)).inspect()).State.Running;
  const read = async (file: string) =>
    JSON.parse(await readFile(join(stack.folder, ".slipway/var/lib/slipway/projects/hello", file), "utf8"));

  async function inState(command: string[], release: string): Promise<void> {
    const exec = await (await mailer(release)).exec({ Cmd: command, User: "root", AttachStdout: true });
    const output = await exec.start({});
    await new Promise((done) => output.on("end", done).resume());
  }

  it("MT-23 RB-12 the traffic is back, the project is not degraded, and the message says which worker and what to run", async () => {
    const next = await stack.servedRelease(HOST);
    assert.notEqual(next, live);
    await inState(["touch", "/state/broken"], next);
    const run = await stack.slipway("rollback", "hello", "--yes");
    assert.equal(run.code, 1, run.output);
    const [, name = ""] =
      /hello: 1\.0\.0 \(release \w+\) serves again, but its workers do not work: container mailer is not healthy after 2 s .*; once that is mended: docker restart (\S+)$/m.exec(
        run.stderr,
      ) ?? assert.fail(run.output);
    assert.equal(await stack.servedRelease(HOST), live);
    assert.deepEqual([await isWorking(live), await isWorking(next)], [true, false]);
    assert.equal((await read("record.json")).degraded, undefined);
    assert.equal((await read("manifest.json")).current_deployment.release, live);
    const health = await stack.slipway("health-check", "hello");
    assert.match(health.stdout, /hello\/mailer +unhealthy/);
    assert.match(health.stdout, /hello\/web +healthy/);

    await inState(["rm", "/state/broken"], live);
    await docker().getContainer(name).restart();
    await stack.succeed("health-check", "hello");
    await stack.succeed("rollback", "hello", "--yes");
    assert.equal(await stack.servedRelease(HOST), live);
    await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  });
});
