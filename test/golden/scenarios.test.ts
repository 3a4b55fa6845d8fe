import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { outcomeDifferences, resourcesOf } from "./compare-outcome";
import { describe as described, type JsonObject } from "./difference";
import { type Externals, externalsFor } from "./externals";
import { Bindings } from "./placeholders";
import { commandLine, ProjectFolder } from "./project-folder";
import { manifest, pathsNotCompared, reasonNotToCompare, recordedOutcome, stepsOf } from "./scenario";

const LINES_SHOWN = 20;

describe("agreement with Pulumi's own engine", function () {
  this.timeout(180_000);

  before(() => assert.ok(existsSync(commandLine), `${commandLine} is missing; \`./slipway --help\` builds it`));

  for (const [scenario, { needs = [] }] of Object.entries(manifest)) {
    describe(`golden ${scenario}`, () => {
      const bindings = new Bindings();
      let resourcesBefore: JsonObject[] = [];
      let externals: Externals;
      let project: ProjectFolder;

      before(async () => {
        externals = await externalsFor(needs);
        project = new ProjectFolder(scenario, externals.variables);
      });
      after(async () => {
        project.remove();
        await externals.remove();
      });

      for (const step of stepsOf(scenario)) {
        it(`golden ${scenario} / ${step.folder}`, async () => {
          const { outcome: got, printed } = await project.run(step);
          const found = outcomeDifferences(recordedOutcome(scenario, step), got, {
            bindings,
            before: resourcesBefore,
            passphrase: "x",
            compared: (part) => reasonNotToCompare(scenario, step, part) === undefined,
            ignoredPaths: pathsNotCompared(scenario, step),
          });
          if (got.state !== undefined) resourcesBefore = resourcesOf(got.state);
          if (found.length > 0) {
            const message = `${found.length} differences\n${described(found)}\nIt printed:\n${tail(printed)}`;
            throw Object.assign(new Error(message), { stack: "" }); // Its frames would say nothing.
          }
        });
      }
    });
  }
});

/** The last lines, where the reason of a failure is. */
function tail(text: string): string {
  return text.trimEnd().split("\n").slice(-LINES_SHOWN).join("\n");
}
