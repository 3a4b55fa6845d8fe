import { type Measure, measured } from "../runner/measure";
import { median } from "../runner/median";
import { bareStart } from "./bare-start";
import { firstAnswer } from "./first-answer";
import { HELLO_HOST, type SampleStack } from "./sample-stack";

/** The most that the first answer, and the whole command, may take above the bare start of the container, in seconds. */
const ANSWER_ABOVE_BARE = 1.5;
const UP_ABOVE_BARE = 2.5;

/** Redeploys `hello` with the image present, each time just after a bare start of the same container. */
export async function redeploys(sample: SampleStack, runs: number, say: (line: string) => void): Promise<Measure[]> {
  const bare: number[] = [];
  const answer: number[] = [];
  const whole: number[] = [];
  for (let run = 1; run <= runs; run++) {
    const { stack } = sample;
    const [live] = await stack.containers({ "slipway.project": "hello", "slipway.service": "web" });
    if (!live) throw new Error("hello has no container to compare with");
    bare.push(await bareStart(stack.docker, live.Id, 8080, "/healthz"));

    await sample.configureOther();
    const before = live.Labels["slipway.release"];
    const isNew = (release: string) => /^[0-9a-f]{10}$/.test(release) && release !== before;
    const [up, answeredAt] = await Promise.all([sample.up(), firstAnswer(stack.gatewayPort, HELLO_HOST, isNew)]);
    answer.push((answeredAt - up.startedAt) / 1000);
    whole.push(up.seconds);
    say(
      `redeploy ${run} of ${runs}: bare ${bare.at(-1)?.toFixed(2)} s, answer ${answer.at(-1)?.toFixed(2)} s, ` +
        `up ${whole.at(-1)?.toFixed(2)} s`,
    );
  }
  const reference = median(bare);
  return [
    measured("redeploy of hello, first answer", median(answer), "s", {
      reference,
      limit: reference + ANSWER_ABOVE_BARE,
    }),
    measured("redeploy of hello, whole up", median(whole), "s", { reference, limit: reference + UP_ABOVE_BARE }),
  ];
}
