import assert from "node:assert/strict";
import { exec, lastLogLines } from "../host/docker";
import { probe, UnhealthyError } from "../host/probe";
import type { ReleaseContainer } from "../host/requests";
import { startWorkers, stopWorkers } from "../host/workers";
import { machineImages } from "./support/machine-images";
import { Sandbox } from "./support/sandbox";
import { until } from "./support/until";

/** Says what it does; finishes its job when it is told to stop. */
const WORKER = `
trap 'echo finishes; exit 0' TERM
echo works
touch /tmp/ready
while :; do sleep 0.05; done
`;

describe("workers of a release", function () {
  this.timeout(60_000);
  let sandbox: Sandbox;
  let image: string;

  before(async () => {
    ({ postgres: image } = (await machineImages()).images);
    sandbox = await Sandbox.create();
  });
  after(() => sandbox?.[Symbol.asyncDispose]());

  /** As the engine leaves it: there, and not started. */
  async function made(program = WORKER): Promise<ReleaseContainer> {
    const { id } = await sandbox.docker.createContainer({
      Image: image,
      Entrypoint: ["bash", "-c", program],
      StopSignal: "SIGTERM",
      Labels: { "slipway.stack": sandbox.name },
      HostConfig: { NetworkMode: sandbox.name, RestartPolicy: { Name: "unless-stopped" } },
    });
    const health = {
      command: ["test", "-e", "/tmp/ready"],
      intervalSeconds: 0.1,
      timeoutSeconds: 5,
      deadlineSeconds: 5,
    };
    return { service: "mailer", name: "mailer", id, health, pids: 32, responseTimeLimitMs: 1000 };
  }

  const state = async ({ id }: ReleaseContainer) => (await sandbox.docker.getContainer(id).inspect()).State;

  it("MT-23 one that was only made does not work; started it does, is healthy by its command, and is started once", async () => {
    const worker = await made();
    assert.equal((await state(worker)).Status, "created");
    assert.deepEqual(await lastLogLines(worker.id), []);
    await startWorkers([worker], sandbox.name);
    const { StartedAt } = await state(worker);
    assert.equal((await exec(worker.id, ["test", "-e", "/tmp/ready"])).exitCode, 0);
    await startWorkers([worker], sandbox.name);
    assert.equal((await state(worker)).StartedAt, StartedAt);
    assert.deepEqual(await lastLogLines(worker.id), ["works"]);
  });

  it("MT-23 stopped it finishes its job, stays stopped, and works again when its release comes back", async () => {
    const worker = await made();
    await startWorkers([worker], sandbox.name);
    await stopWorkers([worker]);
    await stopWorkers([worker]);
    const stopped = await state(worker);
    assert.deepEqual([stopped.Status, stopped.ExitCode], ["exited", 0]);
    assert.deepEqual(await lastLogLines(worker.id), ["works", "finishes"]);
    await startWorkers([worker], sandbox.name);
    assert.equal((await state(worker)).Running, true);
  });

  it("MT-23 one that somebody paused works again, and one that is gone counts as stopped", async () => {
    const worker = await made();
    await startWorkers([worker], sandbox.name);
    await sandbox.docker.getContainer(worker.id).pause();
    await startWorkers([worker], sandbox.name);
    assert.equal((await state(worker)).Paused, false);
    await sandbox.docker.getContainer(worker.id).pause();
    await stopWorkers([worker]);
    assert.equal((await state(worker)).Status, "exited");
    await sandbox.docker.getContainer(worker.id).remove({ force: true });
    await stopWorkers([worker]);
  });

  it("MT-23 one that ends or is never healthy is an error with its last log lines, and can be taken back", async () => {
    const worker = await made("echo no queue; exit 3");
    await assert.rejects(startWorkers([worker], sandbox.name), (error: UnhealthyError) => {
      assert.ok(error instanceof UnhealthyError, String(error));
      assert.match(error.message, /container mailer ended with exit code 3/);
      assert.ok(error.logLines.includes("no queue"), error.logLines.join("\n"));
      return true;
    });
    await stopWorkers([worker]);
    await until("it to stay stopped", async () => (await state(worker)).Status === "exited");
  });

  it("MT-23 one that ended between two looks has failed its probe, which is no error of its own", async () => {
    assert.match((await probe(await made(), "")) ?? "passed", /^test: .* is not running/);
  });

  it("MT-23 a container with a port is none of them", async () => {
    const web = { ...(await made()), port: 80 };
    await startWorkers([web], sandbox.name);
    assert.equal((await state(web)).Status, "created");
  });
});
