import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { docker, exec } from "../host/docker";
import { limit } from "./support/fault-limits";
import { machineImages, sampleRelease } from "./support/machine-images";
import { note } from "./support/note";
import { helloLike } from "./support/sample-projects";
import type { LoadResult } from "./support/steady-load";
import { TestStack } from "./support/test-stack";
import { until } from "./support/until";

const MIB = 1024 * 1024;
const NEIGHBOUR = "neighbour.localhost";
/** Of a fault that is over at once, for enough requests to tell their slowest hundredth. */
const LEAST_SECONDS = 6;
/** How many times as long as in peace a neighbour's slowest hundredth may take; more where other tests run. */
const MOST_GROWTH = limit(3, 1.2);
/** Differences that a timer and a busy processor make, in milliseconds. */
const NOISE_MS = limit(200, 5);

describe("fault 52 a tenant that takes all it can get is limited alone", function () {
  this.timeout(120_000);
  let stack: TestStack;
  let greedy: string;

  /** Milliseconds, while nobody is greedy. */
  let peace: number;

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
    await using load = stack.load(NEIGHBOUR);
    await sleep(LEAST_SECONDS * 1000);
    peace = p99(await load.stop());
  });
  after(() => stack?.[Symbol.asyncDispose]());

  const inGreedy = (script: string) => exec(greedy, ["bash", "-c", script]);
  const inspect = () => docker().getContainer(greedy).inspect();

  /** What a neighbour's clients saw while the other one was greedy; `what` it did, for the table of faults. */
  async function neighbourDuring(test: Mocha.Context, what: string, greed: () => Promise<void>): Promise<void> {
    const [web] = await stack.containers({ "slipway.project": "neighbour" });
    const before = await docker()
      .getContainer(web?.Id as string)
      .inspect();
    await using load = stack.load(NEIGHBOUR);
    await Promise.all([greed(), sleep(LEAST_SECONDS * 1000)]);
    const result = await load.stop();
    assert.deepEqual(result.failures, []);
    const text = `its neighbour's p99 was ${p99(result).toFixed(1)} ms, ${peace.toFixed(1)} in peace`;
    assert.ok(p99(result) <= peace * MOST_GROWTH + NOISE_MS, text);
    note(test, `0 of ${result.sent} requests to its neighbour failed; ${what}; ${text}`);
    const after = await docker()
      .getContainer(web?.Id as string)
      .inspect();
    assert.deepEqual([after.State.StartedAt, after.RestartCount], [before.State.StartedAt, before.RestartCount]);
  }

  it("fault 52 processor: it gets its share and no more, the neighbour is served", async function () {
    await neighbourDuring(this, "it had its share", async () => {
      const loop = "timeout 3 bash -c 'while :; do :; done'";
      const { stderr } = await inGreedy(`TIMEFORMAT='%U %R'; time ${loop}`);
      const [used = 0, seconds = 0] = stderr.trim().split(" ").map(Number);
      assert.ok(used / seconds > 0.05 && used / seconds < 0.35, `${used} s of processor in ${seconds} s`);
    });
  });

  it("fault 52 processes: a fork beyond its limit fails in it alone", async function () {
    await neighbourDuring(this, "its forks failed", async () => {
      const { stderr } = await inGreedy("for i in $(seq 200); do sleep 2 & done; wait");
      assert.match(stderr, /fork: .*(Resource temporarily unavailable|retry)/);
    });
  });

  it("fault 52 memory: what goes over its limit is killed in it alone", async function () {
    await neighbourDuring(this, "its process was killed", async () => {
      const { exitCode } = await inGreedy(
        `head -c ${256 * MIB} /dev/zero | tail -c ${256 * MIB} | wc -c; exit \${PIPESTATUS[1]}`,
      );
      assert.equal(exitCode, 137);
      const { HostConfig } = await inspect();
      assert.deepEqual([HostConfig.Memory, HostConfig.MemorySwap], [64 * MIB, 64 * MIB]);
    });
    await until("greedy to serve again", async () => (await stack.get("greedy.localhost")).status === 200);
  });

  it("fault 52 disk: its root cannot be written to, what can is in its memory and bounded", async function () {
    await neighbourDuring(this, "its writes failed", async () => {
      assert.notEqual((await inGreedy("echo x > /srv/file")).exitCode, 0);
      const filled = await inGreedy("head -c 100M /dev/zero > /tmp/file; code=$?; rm -f /tmp/file; exit $code");
      assert.notEqual(filled.exitCode, 0);
    });
  });

  it("fault 52 log: however much it prints, what is kept of that is bounded", async function () {
    await neighbourDuring(this, "its log stayed within its limit", async () => {
      const line = "x".repeat(1000);
      await inGreedy(`for i in $(seq 20000); do echo ${line}; done > /proc/1/fd/1`);
      const kept = (await docker().getContainer(greedy).logs({ stdout: true, stderr: true })).length;
      assert.ok(kept > MIB && kept <= 3 * MIB, `${kept} bytes are kept of 20 MB`);
    });
  });
});

/** What the slowest hundredth took at least, in milliseconds. */
function p99({ latencies }: LoadResult): number {
  return latencies[Math.floor(latencies.length * 0.99)] ?? assert.fail("nothing was answered");
}
