import assert from "node:assert/strict";
import { docker, exec } from "../host/docker";
import { machineImages, sampleRelease } from "./support/machine-images";
import { helloLike } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";
import { until } from "./support/until";

const MIB = 1024 * 1024;
const NEIGHBOUR = "neighbour.localhost";

describe("fault 52 a tenant that takes all it can get is limited alone", function () {
  this.timeout(120_000);
  let stack: TestStack;
  let greedy: string;

  before(async () => {
    await machineImages();
    const limits = { memoryMiB: 64, cpus: 0.25, pids: 48, logMiB: 3 };
    stack = await TestStack.create({
      projects: { projects: { greedy: helloLike("greedy", { limits }), neighbour: helloLike("neighbour") } },
    });
    const live = await sampleRelease("hello", "1.0.0", stack.registryPort);
    await stack.configure({
      deploy: { "*": { watchSeconds: 0 } },
      releases: { greedy: { live }, neighbour: { live } },
    });
    await stack.deployed();
    const [container] = await stack.containers({ "slipway.project": "greedy" });
    greedy = container?.Id as string;
  });
  after(() => stack?.[Symbol.asyncDispose]());

  const inGreedy = (script: string) => exec(greedy, ["bash", "-c", script]);
  const inspect = () => docker().getContainer(greedy).inspect();

  /** What a neighbour's clients saw while the other one was greedy. */
  async function neighbourDuring(greed: () => Promise<void>): Promise<void> {
    const [web] = await stack.containers({ "slipway.project": "neighbour" });
    const before = await docker()
      .getContainer(web?.Id as string)
      .inspect();
    await using load = stack.load(NEIGHBOUR);
    await greed();
    const { failures } = await load.stop();
    assert.deepEqual(failures, []);
    const after = await docker()
      .getContainer(web?.Id as string)
      .inspect();
    assert.deepEqual([after.State.StartedAt, after.RestartCount], [before.State.StartedAt, before.RestartCount]);
  }

  it("fault 52 processor: it gets its share and no more, the neighbour is served", async () => {
    await neighbourDuring(async () => {
      const loop = "timeout 3 bash -c 'while :; do :; done'";
      const { stderr } = await inGreedy(`TIMEFORMAT='%U %R'; time ${loop}`);
      const [used = 0, seconds = 0] = stderr.trim().split(" ").map(Number);
      assert.ok(used / seconds > 0.05 && used / seconds < 0.35, `${used} s of processor in ${seconds} s`);
    });
  });

  it("fault 52 processes: a fork beyond its limit fails in it alone", async () => {
    await neighbourDuring(async () => {
      const { stderr } = await inGreedy("for i in $(seq 200); do sleep 2 & done; wait");
      assert.match(stderr, /fork: .*(Resource temporarily unavailable|retry)/);
    });
  });

  it("fault 52 memory: what goes over its limit is killed in it alone", async () => {
    await neighbourDuring(async () => {
      const { exitCode } = await inGreedy(
        `head -c ${256 * MIB} /dev/zero | tail -c ${256 * MIB} | wc -c; exit \${PIPESTATUS[1]}`,
      );
      assert.equal(exitCode, 137);
      const { HostConfig } = await inspect();
      assert.deepEqual([HostConfig.Memory, HostConfig.MemorySwap], [64 * MIB, 64 * MIB]);
    });
    await until("greedy to serve again", async () => (await stack.get("greedy.localhost")).status === 200);
  });

  it("fault 52 disk: its root cannot be written to, what can is in its memory and bounded", async () => {
    await neighbourDuring(async () => {
      assert.notEqual((await inGreedy("echo x > /srv/file")).exitCode, 0);
      const filled = await inGreedy("head -c 100M /dev/zero > /tmp/file; code=$?; rm -f /tmp/file; exit $code");
      assert.notEqual(filled.exitCode, 0);
    });
  });
});
