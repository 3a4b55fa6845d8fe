import { bcryptHash } from "../../engine/providers/random/random-password";
import { type Measure, measured } from "../runner/measure";
import { median } from "../runner/median";
import { type GeneratedRuns, GeneratedStack } from "./generated-stack";

/** What Pulumi's CLI takes for the same on a machine like the one that the limits were set on, in seconds. */
const PULUMI_UP = 96;
const PULUMI_PREVIEW = 15.4;

const UP_LIMIT = 20;
const PREVIEW_LIMIT = 8;
const ENGINE_LIMIT_MIB = 400;
/** The most that one of 1,000 resources may cost, compared with one of 100. */
const GROWTH_LIMIT = 1.5;

/** Of 1,000 resources; a part of them tells how long the hashes of all take. */
const PASSWORDS = 500;
const HASHED = 100;

const SIZES = [0, 100, 1000] as const;
type Size = (typeof SIZES)[number];

/** `up` and a preview without changes, by number of resources; an empty stack tells what is not theirs. */
export async function manyResources(runs: number, say: (line: string) => void): Promise<Measure[]> {
  await using generated = await GeneratedStack.create();
  await generated.run(0); // Compiles the program, which later runs find in the cache.
  const all: Record<Size, GeneratedRuns[]> = { 0: [], 100: [], 1000: [] };
  const hashing: number[] = [];
  for (let run = 1; run <= runs; run++) {
    hashing.push(await hashesAlone());
    for (const size of SIZES) {
      const taken = await generated.run(size);
      all[size].push(taken);
      say(
        `${size} resources ${run} of ${runs}: up ${taken.up.seconds.toFixed(2)} s, ` +
          `preview ${taken.preview.seconds.toFixed(2)} s, engine ${taken.up.peakMiB.engine.toFixed(0)} MiB`,
      );
    }
  }
  const of = (size: Size, number: (runs: GeneratedRuns) => number) => median(all[size].map(number));
  const growth = (number: (runs: GeneratedRuns) => number) => {
    const empty = of(0, number);
    return (of(1000, number) - empty) / 1000 / ((of(100, number) - empty) / 100);
  };
  const up = ({ up }: GeneratedRuns) => up.seconds;
  const preview = ({ preview }: GeneratedRuns) => preview.seconds;
  return [
    measured("up of 1,000 resources", of(1000, up), "s", { reference: PULUMI_UP, limit: UP_LIMIT }),
    measured(`hashing of its ${PASSWORDS} passwords alone`, median(hashing), "s"),
    measured("preview of 1,000 resources", of(1000, preview), "s", { reference: PULUMI_PREVIEW, limit: PREVIEW_LIMIT }),
    measured("up of 100 resources", of(100, up), "s"),
    measured("preview of 100 resources", of(100, preview), "s"),
    measured("up of an empty stack", of(0, up), "s"),
    measured("preview of an empty stack", of(0, preview), "s"),
    measured("up, cost of one of 1,000 by one of 100", growth(up), "times", { limit: GROWTH_LIMIT }),
    measured("preview, cost of one of 1,000 by one of 100", growth(preview), "times", { limit: GROWTH_LIMIT }),
    measured(
      "peak memory of the engine, 1,000 resources",
      of(1000, ({ up, preview }) => Math.max(up.peakMiB.engine, preview.peakMiB.engine)),
      "MiB",
      { limit: ENGINE_LIMIT_MIB },
    ),
    measured(
      "peak memory of the program, 1,000 resources",
      of(1000, ({ up, preview }) => Math.max(up.peakMiB.program, preview.peakMiB.program)),
      "MiB",
    ),
  ];
}

/** With the engine's own function and nothing beside it, in seconds: what no `up` of these resources can be quicker than. */
async function hashesAlone(): Promise<number> {
  const began = performance.now();
  await Promise.all(Array.from({ length: HASHED }, (_, index) => bcryptHash(`password ${index} of a benchmark`)));
  return ((performance.now() - began) / 1000) * (PASSWORDS / HASHED);
}
