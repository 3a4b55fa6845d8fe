import { type Measure, measured } from "../runner/measure";
import { median } from "../runner/median";
import type { SampleStack } from "./sample-stack";
import { timedRun } from "./timed-run";

/** The most that a preview without changes may take, in seconds. */
const LIMIT = 2;

export async function unchangedPreview(sample: SampleStack, runs: number, say: (line: string) => void) {
  const seconds: number[] = [];
  for (let run = 1; run <= runs; run++) {
    seconds.push((await timedRun(sample.place, "preview", "--expect-no-changes")).seconds);
    say(`preview without changes ${run} of ${runs}: ${seconds.at(-1)?.toFixed(2)} s`);
  }
  const measures: Measure[] = [
    measured("preview without changes, two projects", median(seconds), "s", { limit: LIMIT }),
  ];
  return measures;
}
