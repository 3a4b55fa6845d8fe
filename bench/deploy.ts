import { deploys } from "./deploy/deploys";
import { switchBacks } from "./deploy/switch-back";
import { underLoad } from "./deploy/under-load";
import { watchCost } from "./deploy/watch-cost";
import { SampleStack } from "./launch/sample-stack";
import type { Benchmark } from "./runner/benchmark";

/** Deploys and rollbacks under load for each run. */
const UNDER_LOAD_FOR_EACH_RUN = 4;

export const benchmark: Benchmark = {
  description: "deploys and rollbacks as commands, through every gate; under load; the cost of the watch",
  notes: [
    "deploy: `./slipway deploy hello VERSION`, image present, unwatched, to the end of the command. Reference: Docker's",
    "  API alone, from creating the same container until it answers; limit: 3 s above it.",
    "rollback: to the standby, from the start of the command to the first answer, asked every 5 ms, and to its end;",
    "  two releases back, from the kept image; limit: 2.5 s above the bare start.",
    "switch back: from the line with the third failed check to the first answer of the release before.",
    "load: 200 requests/s on kept connections, 5 requests of 2 s and 10 WebSockets always open.",
    "watch: CPU time of the watching process by the time that passed, 50 requests/s.",
  ],
  async measure(runs, say) {
    const measures = [];
    {
      say("deploying calendar and both versions of hello");
      await using sample = await SampleStack.create();
      measures.push(...(await deploys(sample, runs, say)));
    }
    measures.push(...(await switchBacks(runs, say)));
    measures.push(...(await underLoad(UNDER_LOAD_FOR_EACH_RUN * runs, say)));
    measures.push(...(await watchCost(say)));
    return measures;
  },
};
