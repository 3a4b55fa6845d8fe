import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Watch } from "../../host/watch/watch-file";
import { derivedImage, SPOILS } from "../../test/support/derived-image";
import { sampleRelease } from "../../test/support/machine-images";
import { onlyHello } from "../../test/support/sample-projects";
import { TestStack } from "../../test/support/test-stack";
import { until } from "../../test/support/until";
import { firstAnswer } from "../launch/first-answer";
import { HELLO_HOST } from "../launch/sample-stack";
import { type Measure, measured } from "../runner/measure";
import { median } from "../runner/median";

const ENTRY = join(resolve(__dirname, "../.."), "slipway");
const LIMIT = 1;
const WATCH = { watchSeconds: 30, holdSeconds: 30, settleSeconds: 1, failures: 3, minimumRequests: 20 };

/** From the line with the third failed check to the first answer of the release before. */
export async function switchBacks(runs: number, say: (line: string) => void): Promise<Measure[]> {
  await using stack = await TestStack.create({ projects: onlyHello(), config: { deploy: { "*": WATCH } } });
  await stack.configure({ releases: { hello: { live: await sampleRelease("hello", "1.0.0", stack.registryPort) } } });
  await stack.configure({ deploy: { "*": { watchSeconds: 0 } } });
  await stack.deployed();
  await stack.configure({ deploy: { "*": WATCH } });
  await derivedImage(stack, "2.0.0", SPOILS);
  const before = await stack.servedRelease(HELLO_HOST);
  const seconds: number[] = [];
  for (let run = 1; run <= runs; run++) {
    const verdict = deployUntilVerdict(stack);
    await firstAnswer(stack.gatewayPort, HELLO_HOST, (release) => /^[0-9a-f]{10}$/.test(release) && release !== before);
    await until("the watch", () => isWatched(stack));
    await spoil(stack, before);
    const at = await verdict.at;
    const answered = await firstAnswer(stack.gatewayPort, HELLO_HOST, (release) => release === before);
    seconds.push(Math.max(0, (answered - at) / 1000));
    await verdict.ended;
    say(`switch back ${run} of ${runs}: ${seconds.at(-1)?.toFixed(2)} s after the verdict`);
  }
  return [measured("automatic switch back, after the verdict", median(seconds), "s", { limit: LIMIT })];
}

function deployUntilVerdict(stack: TestStack): { at: Promise<number>; ended: Promise<void> } {
  const child = spawn(ENTRY, ["deploy", "hello", "2.0.0"], {
    cwd: stack.folder,
    env: { ...process.env, ...stack.env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  const at = new Promise<number>((done, fail) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (/Consecutive: 3 /.test(text)) done(performance.now());
    });
    void ended.then(() => fail(new Error("the deploy ended without a verdict")));
  });
  return { at, ended };
}

/** Before, it is verification that finds what is wrong. */
async function isWatched(stack: TestStack): Promise<boolean> {
  const file = join(stack.folder, ".slipway/var/lib/slipway/projects/hello/watch.json");
  const { state, checks } = JSON.parse(await readFile(file, "utf8")) as Watch;
  return state === "running" && checks > 0;
}

async function spoil(stack: TestStack, before: string): Promise<void> {
  const containers = await stack.containers({ "slipway.project": "hello" });
  const fresh = containers.find(({ Labels }) => Labels["slipway.release"] !== before);
  const exec = await stack.docker.getContainer(fresh?.Id as string).exec({ Cmd: ["touch", "/tmp/spoilt"] });
  await exec.start({});
}
