import assert from "node:assert/strict";
import { docker } from "../host/docker";
import { KEPT_CHARACTERS } from "../host/kept-end";
import { type OneCommand, runOnce } from "../host/run-once";
import { machineImages } from "./support/machine-images";
import { until } from "./support/until";

const MIB = 1024 * 1024;

describe("a command in a container of its own", function () {
  this.timeout(60_000);
  const labels = { "slipway.stack": `t${process.pid}xonce` };
  let wanted: OneCommand;

  before(async () => {
    const { images } = await machineImages();
    wanted = {
      ...{ name: "once", image: images.registry, network: "none", env: { A: "of the test" }, labels },
      ...{ timeoutSeconds: 30, memoryMiB: 64, cpus: 0.5, pids: 40, logMiB: 6 },
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

  it("has the limits of a container of a release: no swap, processors, processes, log and /tmp", async () => {
    const running = run("sleep 3; df --output=size --block-size=1M /tmp | tail -n 1");
    const label = [`slipway.stack=${labels["slipway.stack"]}`];
    let id = "";
    await until("it to run", async () => {
      id = (await docker().listContainers({ filters: { label } }))[0]?.Id ?? "";
      return id !== "";
    });
    const { HostConfig } = await docker().getContainer(id).inspect();
    const { Memory, MemorySwap, NanoCpus, PidsLimit, LogConfig } = HostConfig;
    assert.deepEqual(
      { Memory, MemorySwap, NanoCpus, PidsLimit, LogConfig },
      {
        ...{ Memory: 64 * MIB, MemorySwap: 64 * MIB, NanoCpus: 5e8, PidsLimit: 40 },
        LogConfig: { Type: "json-file", Config: { "max-size": "2048k", "max-file": "3" } },
      },
    );
    assert.equal((await running).stdout.trim(), "64");
    await nothingIsLeft();
  });

  it("may print without end: its last lines are kept", async () => {
    const { exitCode, stdout, output } = await run("seq 2000000; echo oops >&2");
    assert.equal(exitCode, 0);
    assert.ok(stdout.length <= KEPT_CHARACTERS, `${stdout.length} characters`);
    assert.match(stdout.slice(0, 100), /^1\d{6}\n1/);
    assert.match(output.slice(-100), /\n2000000\noops\n$/);
    await nothingIsLeft();
  });

  it("that cannot start at all is an error, and leaves nothing", async () => {
    await assert.rejects(runOnce(wanted, ["/no/such/program"]), /no such file/);
    await nothingIsLeft();
  });
});
