import assert from "node:assert/strict";
import { concrete } from "./concrete";
import type { Json } from "./difference";
import { ProjectFolder } from "./project-folder";
import { manifest, recordedOutcome, type Step, stepsOf } from "./scenario";

/** What the programs of the records read from their environment, with the values that `concrete` gives. */
const variables = {
  GOLDEN_IMAGE: "golden-img:1",
  GOLDEN_PORT: concrete("<PORT-9>"),
  GOLDEN_REGISTRY: concrete("127.0.0.1:<PORT-9>"),
  GOLDEN_DIGEST1: concrete("sha256:<ID-1>"),
  GOLDEN_DIGEST2: concrete("sha256:<ID-4>"),
};

/** The stack file as it was at a step, or undefined when no step up to it kept one. */
function stackFile(scenario: string, steps: readonly Step[]): Json | undefined {
  return steps
    .map((step) => recordedOutcome(scenario, step).files["Pulumi.dev.yaml"])
    .findLast((text) => text !== undefined);
}

describe("states that Pulumi's own engine wrote", function () {
  this.timeout(60_000);

  for (const [scenario, { previewed = [] }] of Object.entries(manifest)) {
    for (const name of previewed) {
      it(`golden ${scenario} / ${name}: the state is imported, and its program changes nothing`, async () => {
        const steps = stepsOf(scenario);
        const upTo = steps.slice(0, steps.findIndex((step) => step.name === name) + 1);
        const step = upTo.at(-1);
        assert.ok(step, `${scenario} has no step ${name}`);
        const project = new ProjectFolder(scenario, variables);
        try {
          for (const earlier of upTo) project.copyFiles(earlier);
          project.write("state.json", concrete(JSON.stringify(recordedOutcome(scenario, step).state)));
          const initialised = await project.command(["pulumi", "stack", "init", "dev"]);
          assert.equal(initialised.exitCode, 0, initialised.stderr);
          const recorded = stackFile(scenario, upTo);
          if (recorded !== undefined) project.write("Pulumi.dev.yaml", String(recorded));
          const imported = await project.command(["pulumi", "stack", "import", "--file", "state.json"]);
          assert.equal(imported.exitCode, 0, imported.stderr);
          const preview = await project.command(["pulumi", "preview", "--diff", "--expect-no-changes"]);
          assert.equal(preview.exitCode, 0, `${preview.stdout}\n${preview.stderr}`);
        } finally {
          project.remove();
        }
      });
    }
  }
});
