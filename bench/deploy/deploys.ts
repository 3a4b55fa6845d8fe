import { bareStart } from "../launch/bare-start";
import { firstAnswer } from "../launch/first-answer";
import { HELLO_HOST, type SampleStack } from "../launch/sample-stack";
import { timedRun } from "../launch/timed-run";
import { type Measure, measured } from "../runner/measure";
import { median } from "../runner/median";
import { tagVersions } from "./versions";

/** The most above the bare start of the container, in seconds. */
const DEPLOY_ABOVE_BARE = 3;
const FURTHER_BACK_ABOVE_BARE = 2.5;
/** Traffic is back, and the whole command has ended, in seconds from typing it. */
const TRAFFIC_BACK = 1;
const ROLLBACK = 2;

/** Deploys and rollbacks of `hello` through every gate, unwatched, with the images present. */
export async function deploys(sample: SampleStack, runs: number, say: (line: string) => void): Promise<Measure[]> {
  const { stack, place } = sample;
  const versions = await tagVersions(stack.registryPort, "hello", ["1.0.0", "1.1.0"], 2 * runs + 1);
  const bare: number[] = [];
  const deploy: number[] = [];
  const back: number[] = [];
  const rollback: number[] = [];
  const further: number[] = [];
  await timedRun(place, "deploy", "hello", versions[0] as string);
  for (let run = 1; run <= runs; run++) {
    const before = await stack.servedRelease(HELLO_HOST);
    const [live] = await stack.containers({ "slipway.project": "hello", "slipway.release": before });
    bare.push(await bareStart(stack.docker, live?.Id as string, 8080, "/healthz"));
    deploy.push((await timedRun(place, "deploy", "hello", versions[2 * run - 1] as string)).seconds);

    const [command, answeredAt] = await Promise.all([
      timedRun(place, "rollback", "hello", "--yes"),
      firstAnswer(stack.gatewayPort, HELLO_HOST, (release) => release === before),
    ]);
    back.push((answeredAt - command.startedAt) / 1000);
    rollback.push(command.seconds);

    await timedRun(place, "deploy", "hello", versions[2 * run] as string);
    await timedRun(place, "deploy", "hello", versions[2 * run - 1] as string);
    further.push((await timedRun(place, "rollback", "hello", before, "--yes")).seconds);
    say(
      `${run} of ${runs}: bare ${text(bare)}, deploy ${text(deploy)}, traffic back ${text(back)}, ` +
        `rollback ${text(rollback)}, further back ${text(further)}`,
    );
  }
  const reference = median(bare);
  return [
    measured("deploy of hello, every gate", median(deploy), "s", { reference, limit: reference + DEPLOY_ABOVE_BARE }),
    measured("rollback to the standby, traffic back", median(back), "s", { limit: TRAFFIC_BACK }),
    measured("rollback to the standby, whole command", median(rollback), "s", { limit: ROLLBACK }),
    measured("rollback two releases back", median(further), "s", {
      reference,
      limit: reference + FURTHER_BACK_ABOVE_BARE,
    }),
  ];
}

function text(seconds: number[]): string {
  return `${seconds.at(-1)?.toFixed(2)} s`;
}
