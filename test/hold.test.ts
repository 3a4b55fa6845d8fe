import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { changeGateway } from "../host/change-gateway";
import { docker } from "../host/docker";
import { holdPath } from "../host/left-held";
import { readManifest } from "../host/manifest";
import { readRecord } from "../host/record";
import { layoutOf, onHost } from "./support/host-program";
import { sampleRelease } from "./support/machine-images";
import { killTree } from "./support/process-tree";
import { helloWithWorker } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";
import { until } from "./support/until";

const HOST = "hello.localhost";
/** Long enough for a test to have a handover of workers wait. */
const HANDOVER_SECONDS = 30;

describe("what is left when everything dies at once", function () {
  this.timeout(240_000);
  let stack: TestStack;
  const releases: Record<string, object> = {};

  before(async () => {
    stack = await TestStack.create({ projects: { projects: { hello: helloWithWorker(HANDOVER_SECONDS) } } });
    for (const version of ["1.0.0", "1.1.0"]) {
      const release = await sampleRelease("hello", version, stack.registryPort);
      const { web: image = "" } = release.images;
      releases[version] = { ...release, images: { web: image, mailer: image } };
    }
    await configure("1.0.0");
    await stack.deployed();
  });
  after(() => stack?.[Symbol.asyncDispose]());

  const configure = (version: string) => stack.configure({ releases: { hello: { live: releases[version] } } });
  const record = () => readRecord(layoutOf(stack), "hello");
  const mailers = async () => stack.containers({ "slipway.project": "hello", "slipway.service": "mailer" });
  const working = async () =>
    (await mailers()).filter(({ State }) => State === "running").map(({ Labels }) => Labels["slipway.release"]);
  const settled = () => stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");

  async function inMailer(release: string, ...command: string[]): Promise<void> {
    const found = (await mailers()).find(({ Labels }) => Labels["slipway.release"] === release);
    const exec = await docker()
      .getContainer(found?.Id as string)
      .exec({ Cmd: command, User: "root", AttachStdout: true });
    const output = await exec.start({});
    await new Promise((done) => output.on("end", done).resume());
  }

  /** As a machine comes up again that went down while requests were held: nobody is there to let them go. */
  async function leaveHeld(): Promise<void> {
    const { live } = await record();
    const container = (await stack.infrastructure()).gateway as string;
    const edit = { [holdPath("hello")]: 'return 503 "held";\n' };
    await changeGateway(layoutOf(stack), container, "test", edit);
    const mailer = live?.containers.find(({ service }) => service === "mailer");
    await docker()
      .getContainer(mailer?.id as string)
      .stop();
    await until("the hold", async () => (await stack.get(HOST)).status === 503);
  }

  async function assertServes(version: string, how: string): Promise<void> {
    const { live } = await record();
    assert.equal(live?.version, version, how);
    assert.equal(await stack.servedRelease(HOST), live?.release, how);
    assert.deepEqual(await working(), [live?.release], how);
  }

  it("MT-27 PU-06 a hold that a reboot left is told by the health check, and ended by the next `up`, deploy or rollback", async () => {
    await leaveHeld();
    const health = await stack.slipway("health-check", "hello");
    assert.match(health.stdout, /hello\/web +unhealthy .*answered 503: a command left them held/);
    const up = await stack.deployed();
    assert.match(up.output, /hello: its requests, which a command had left held, are answered again/);
    await assertServes("1.0.0", up.output);
    await settled();

    await leaveHeld();
    const deploy = await stack.slipway("deploy", "hello");
    await assertServes("1.0.0", deploy.output);

    await configure("1.1.0");
    await leaveHeld();
    const next = await stack.succeed("deploy", "hello");
    await assertServes("1.1.0", next.output);

    await leaveHeld();
    const back = await onHost(stack, ["rollback", "hello", "--yes"]);
    assert.equal(back.code, 0, back.stdout + back.stderr);
    await assertServes("1.0.0", back.stdout);
    const held = await stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.match(held.output, /hello: traffic is held on release/);
    await stack.succeed("rollback", "hello", "--yes");
    await settled();
  });

  it("MT-23 PU-06 between the handover of workers and the switch: the next `up` of either configuration has one release's work", async () => {
    for (const wanted of ["1.0.0", "1.1.0"]) {
      const { live } = await record();
      assert.equal(live?.version, "1.0.0");
      await inMailer(live.release, "touch", "/state/broken");
      await configure("1.1.0");
      const command = stack.start(["up", "--yes", "--skip-preview"]);
      const candidate = await until("the handover", async () => {
        const [release] = await working();
        return release !== live.release && release;
      });
      killTree(command.child.pid as number);
      await command.done;
      assert.deepEqual(await working(), [candidate]);
      await inMailer(candidate, "rm", "/state/broken");

      await configure(wanted);
      const run = await stack.deployed();
      await assertServes(wanted, run.output);
      await settled();
    }
  });

  it("RB-05 between the switch and the watch: the next run verifies the release and watches over it before it is a success", async () => {
    await stack.configure({ deploy: { "*": { watchSeconds: 2, holdSeconds: 2 } } });
    await stack.deployed();
    await configure("1.0.0");
    const before = (await record()).live?.release;
    const command = stack.start(["up", "--yes", "--skip-preview"]);
    await until("the switch", async () => {
      const { live, switching } = await record();
      return live?.release !== before && !switching;
    });
    killTree(command.child.pid as number);
    await command.done;
    const release = (await record()).live?.release;
    assert.notEqual((await readManifest(layoutOf(stack), "hello")).current_deployment?.release, release);

    const log = (await readFile(layoutOf(stack).log, "utf8")).length;
    await stack.deployed();
    assert.match((await readFile(layoutOf(stack).log, "utf8")).slice(log), new RegExp(`watching release ${release}`));
    assert.equal((await readManifest(layoutOf(stack), "hello")).current_deployment?.release, release);
    await assertServes("1.0.0", "after the watch");
    await settled();
  });
});
