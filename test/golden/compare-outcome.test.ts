import assert from "node:assert/strict";
import { outcomeDifferences, resourcesOf } from "./compare-outcome";
import { concrete } from "./concrete";
import type { JsonObject } from "./difference";
import { misordered } from "./event-comparison";
import type { Outcome } from "./outcome";
import { Bindings } from "./placeholders";
import { manifest, recordedOutcome, stepsOf } from "./scenario";

/** A record compared with itself after `change`; a placeholder there stands for itself, so nothing else differs. */
function changed(scenario: string, folder: string, change: (outcome: Outcome) => void): string[] {
  const step = stepsOf(scenario).find((candidate) => candidate.folder === folder);
  assert.ok(step, `${scenario} has no step ${folder}`);
  const recorded = recordedOutcome(scenario, step);
  const own = JSON.parse(concrete(JSON.stringify(recorded))) as Outcome;
  change(own);
  const found = outcomeDifferences(recorded, own, {
    bindings: new Bindings(),
    passphrase: "x",
    before: [],
    compared: () => true,
    ignoredPaths: [],
  });
  return found.map(({ path }) => path);
}

function firstResource(outcome: Outcome, type: string): JsonObject {
  const found = resourcesOf(outcome.state).find((entry) => entry.type === type);
  assert.ok(found, `no ${type} in the record`);
  return found;
}

const SCENARIO = "06-order";
const UP = "01-up";
const COMMAND = "command:local:Command";

describe("comparison with a record", () => {
  it("finds nothing where placeholders stand for one value each", () => {
    assert.deepEqual(
      changed(SCENARIO, UP, () => undefined),
      [],
    );
  });

  const perturbations: { [what: string]: [change: (outcome: Outcome) => void, path: RegExp] } = {
    "another exit code": [(outcome) => (outcome.exitCode = 1), /^exit code$/],
    "a missing resource": [(outcome) => resourcesOf(outcome.state).pop(), /^resources\.urn:.*::i$/],
    "a resource too many": [
      (outcome) =>
        resourcesOf(outcome.state).push({ ...firstResource(outcome, COMMAND), urn: "urn:pulumi:dev::p::t:t:T::extra" }),
      /^resources\.urn:.*::extra$/,
    ],
    "another input": [
      (outcome) => ((firstResource(outcome, COMMAND).inputs as JsonObject).create = "echo"),
      /\.inputs\.create$/,
    ],
    "an output too many": [
      (outcome) => ((firstResource(outcome, COMMAND).outputs as JsonObject).more = true),
      /\.outputs\.more$/,
    ],
    "another option": [(outcome) => (firstResource(outcome, COMMAND).protect = true), /\.protect$/],
    "one id for two resources": [
      (outcome) => {
        const [first, second] = resourcesOf(outcome.state).filter((entry) => entry.type === COMMAND) as [
          JsonObject,
          JsonObject,
        ];
        second.id = first.id as string;
      },
      /^resources\..*\.id$/,
    ],
    "an id that is none": [(outcome) => (firstResource(outcome, "pulumi:providers:command").id = "default"), /\.id$/],
    "a resource before its parent": [(outcome) => resourcesOf(outcome.state).reverse(), /^resources\.urn/],
    "a magic that is not the hash of the version": [
      (outcome) => {
        const { manifest: origin } = (outcome.state as { deployment: { manifest: JsonObject } }).deployment;
        origin.version = "v0.0.1";
      },
      /manifest\.magic$/,
    ],
    "a pending operation": [
      (outcome) =>
        ((outcome.state as { deployment: JsonObject }).deployment.pending_operations = [
          { type: "creating", resource: {} },
        ]),
      /^pending_operations$/,
    ],
    "another operation": [
      (outcome) => {
        const event = outcome.events?.find((entry) => String(entry.urn).endsWith("::a"));
        if (event) event.op = "update";
      },
      /^events\.urn:.*::a\[0\]\.op$/,
    ],
    "an event missing": [(outcome) => outcome.events?.splice(4, 1), /^events\.urn/],
    "another count": [(outcome) => outcome.summary?.resources.splice(0, 1, "+ 10 created"), /^Resources\[0\]$/],
    "a message": [
      (outcome) => {
        if (outcome.summary) outcome.summary.diagnostics["pulumi:pulumi:Stack (g-order-dev):"] = ["warning: new"];
      },
      /^Diagnostics\./,
    ],
    "an effect missing": [
      (outcome) => (outcome.files["order.log"] = String(outcome.files["order.log"]).replace("create-y\n", "")),
      /^order\.log$/,
    ],
    "a file missing": [(outcome) => delete outcome.files["order.log"], /^order\.log$/],
  };
  for (const [what, [change, path]] of Object.entries(perturbations)) {
    it(`finds ${what}`, () => {
      assert.match(changed(SCENARIO, UP, change).join("\n"), new RegExp(path.source, "m"));
    });
  }

  const stackOutputs = (outcome: Outcome) => firstResource(outcome, "pulumi:pulumi:Stack").outputs as JsonObject;

  it("PU-09 finds a secret that is stored in clear", () => {
    const found = changed("02-secrets", "08-up-noop", (outcome) => {
      stackOutputs(outcome).showToken = "tok-0123456789";
    });
    assert.match(found.join("\n"), /\.outputs\.showToken$/m);
  });

  it("PU-09 finds another value inside a ciphertext", () => {
    const found = changed("02-secrets", "08-up-noop", (outcome) => {
      stackOutputs(outcome).showToken = stackOutputs(outcome).madeSecret as JsonObject;
    });
    assert.match(found.join("\n"), /\.outputs\.showToken\./m);
  });

  it("PU-09 finds another value, and another line, in a stack file", () => {
    const edit = (from: RegExp, to: string) =>
      changed("02-secrets", "04-config-set-path3", (outcome) => {
        outcome.files["Pulumi.dev.yaml"] = String(outcome.files["Pulumi.dev.yaml"]).replace(from, to);
      }).join("\n");
    assert.equal(edit(/nothing/, ""), "");
    assert.match(edit(/user: alice/, "user: bob"), /^Pulumi\.dev\.yaml\[/m);
    assert.match(edit(/secure: v1:\S+/, "plain"), /^Pulumi\.dev\.yaml\[/m);
  });

  it("finds a resource made before what it depends on", () => {
    const [step] = stepsOf(SCENARIO).filter(({ folder }) => folder === UP);
    assert.ok(step);
    const { events = [], state } = recordedOutcome(SCENARIO, step);
    const found = misordered([...events].reverse(), [], resourcesOf(state));
    assert.ok(found.some(({ path, expected }) => path.endsWith("::b") && String(expected).endsWith("::a")));
  });

  it("is kept to by every record itself: no operation comes before what it depends on", () => {
    for (const scenario of Object.keys(manifest)) {
      let before: JsonObject[] = [];
      for (const step of stepsOf(scenario)) {
        const { events = [], state } = recordedOutcome(scenario, step);
        assert.deepEqual(misordered(events, before, resourcesOf(state)), [], `${scenario} / ${step.folder}`);
        if (state !== undefined) before = resourcesOf(state);
      }
    }
  });
});
