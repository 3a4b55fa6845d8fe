import { manyResources } from "./launch/many-resources";
import { redeploys } from "./launch/redeploy";
import { redeploysUnderLoad } from "./launch/redeploy-under-load";
import { SampleStack } from "./launch/sample-stack";
import { unchangedPreview } from "./launch/unchanged-preview";
import type { Benchmark } from "./runner/benchmark";

export const benchmark: Benchmark = {
  description: "deploys of the sample projects, with and without load; a stack of 1,000 resources",
  notes: [
    "redeploy: image present; from the start of `./slipway up --yes --skip-preview` to the first answer of the new",
    "  release through the gateway, asked every 5 ms, and to the end of the command. Reference: Docker's API alone,",
    "  from creating the same container with the same limits until it answers; limit: 1.5 s and 2.5 s above it.",
    "resources: half random passwords, half local commands that echo. Reference: Pulumi's CLI, measured once.",
    "  Cost of one: less the time of an empty stack.",
    "load: 500 requests/s over 50 keep-alive connections on loopback, from a process of its own.",
  ],
  async measure(runs, say) {
    const measures = [];
    {
      say("deploying calendar and both versions of hello");
      await using sample = await SampleStack.create();
      measures.push(...(await redeploys(sample, runs, say)));
      measures.push(...(await unchangedPreview(sample, runs, say)));
      measures.push(...(await redeploysUnderLoad(sample, runs, say)));
    }
    measures.push(...(await manyResources(runs, say)));
    return measures;
  },
};
