import assert from "node:assert/strict";
import { lastExitCode } from "../host/exit-code";
import { machineImages } from "./support/machine-images";
import { Sandbox } from "./support/sandbox";

describe("the last exit code of a container", function () {
  this.timeout(60_000);
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await Sandbox.create();
  });
  after(() => sandbox?.[Symbol.asyncDispose]());

  it("fault 23 is that of its last end, though it was started again and runs", async () => {
    const { images } = await machineImages();
    const since = new Date();
    const entrypoint = ["bash", "-c", "test -f /once && exec sleep 60; touch /once; exit 3"];
    const { id } = await sandbox.run(images.registry, { entrypoint, command: [], user: "root", hardened: false });
    const container = sandbox.docker.getContainer(id);
    await container.wait();
    assert.equal(await lastExitCode(await container.inspect(), since), "3");
    await container.start();
    const again = await container.inspect();
    assert.deepEqual([again.State.Running, again.State.ExitCode], [true, 0]);
    assert.equal(await lastExitCode(again, since), "3");
    assert.equal(await lastExitCode(again, new Date()), undefined);
  });
});
