import assert from "node:assert/strict";
import { docker } from "../host/docker";
import { type OneCommand, runOnce } from "../host/run-once";
import { machineImages } from "./support/machine-images";
import { until } from "./support/until";

describe("a command in a container of its own", function () {
  this.timeout(60_000);
  const labels = { "slipway.stack": `t${process.pid}xonce` };
  let wanted: OneCommand;

  before(async () => {
    const { images } = await machineImages();
    wanted = {
      ...{ name: "once", image: images.registry, network: "none", env: { A: "of the test" }, labels },
      ...{ timeoutSeconds: 30, memoryMiB: 64 },
    };
  });

  const run = (script: string, changes: Partial<OneCommand> = {}) =>
    runOnce({ ...wanted, ...changes }, ["bash", "-c", script]);

  /** Docker removes it a moment after its end. */
  const nothingIsLeft = () =>
    until("Docker to remove it", async () => {
      const left = await docker().listContainers({
        all: true,
        filters: { label: [`slipway.stack=${labels["slipway.stack"]}`] },
      });
      return left.length === 0;
    });

  it("MT-08 tells its exit code and what it printed, however soon it ended, and leaves nothing", async () => {
    assert.deepEqual(await run("exit 3"), { exitCode: 3, stdout: "", output: "", timedOut: false });
    const { exitCode, stdout, output } = await run('echo "$A"; echo oops >&2; exit 4');
    assert.deepEqual([exitCode, stdout], [4, "of the test\n"]);
    assert.match(output, /oops/);
    assert.equal((await run("true")).exitCode, 0);
    await nothingIsLeft();
  });

  it("is killed when its time is over", async () => {
    assert.equal((await run("trap '' TERM; sleep 60", { timeoutSeconds: 0.5 })).exitCode, 137);
    await nothingIsLeft();
  });

  it("that cannot start at all is an error, and leaves nothing", async () => {
    await assert.rejects(runOnce(wanted, ["/no/such/program"]), /no such file/);
    await nothingIsLeft();
  });
});
