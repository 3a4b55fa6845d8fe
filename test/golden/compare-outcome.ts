import {
  type Comparison,
  type Difference,
  differences,
  isJsonObject,
  type Json,
  type JsonObject,
  unorderedDifferences,
} from "./difference";
import { eventDifferences, misordered } from "./event-comparison";
import { grows, type Outcome, type Summary } from "./outcome";
import type { Bindings } from "./placeholders";
import { plainStackFile } from "./recorded-secrets";
import type { Part } from "./scenario";
import { deploymentDifferences, incomparable, withSortedDependencies } from "./state-comparison";

export interface Circumstances {
  bindings: Bindings;
  passphrase: string;
  /** Resources of this engine's state before the step. */
  before: readonly JsonObject[];
  /** Whether a part is compared; the manifest says why where not. */
  compared(part: Part): boolean;
  /** Parts of paths whose differences do not count; the manifest says why. */
  ignoredPaths: readonly string[];
}

/** Connections hold private keys; the records have a placeholder where anything is called so. */
const unrecorded: ReadonlySet<string> = new Set(["connection"]);

/** Everything in which this engine's outcome of a step is not the recorded one. */
export function outcomeDifferences(expected: Outcome, got: Outcome, circumstances: Circumstances): Difference[] {
  const { compared, passphrase } = circumstances;
  const comparison: Comparison = { bindings: circumstances.bindings, ignoredKeys: unrecorded };
  const found: Difference[] = differences(expected.exitCode, got.exitCode, comparison, "exit code");
  const add = (part: Part, compare: () => Difference[]) => {
    if (compared(part)) found.push(...compare());
  };
  // The state first: it has every value by its name, so that its placeholders are bound before they occur in text.
  if (expected.state !== undefined || got.state !== undefined) {
    add("state", () => fileDifferences("state", expected.state, got.state, passphrase, comparison));
  }
  if (expected.events || got.events) {
    add("events", () => [
      ...eventDifferences(expected.events ?? [], got.events ?? [], comparison, compared("diagnostics")),
      ...misordered(got.events ?? [], circumstances.before, resourcesOf(got.state)),
    ]);
  }
  if (expected.summary && got.summary)
    found.push(...summaryDifferences(expected.summary, got.summary, compared, comparison));
  else add("stdout", () => fileDifferences("stdout", expected.stdout, got.stdout, passphrase, comparison));
  if (expected.complained)
    add("stderr", () => (got.complained ? [] : [{ path: "stderr", expected: "a message", got: undefined }]));
  for (const name of new Set([...Object.keys(expected.files), ...Object.keys(got.files)])) {
    add(name, () => fileDifferences(name, expected.files[name], got.files[name], passphrase, comparison));
  }
  return found.filter(({ path }) => !circumstances.ignoredPaths.some((part) => `.${path}`.includes(part)));
}

export function resourcesOf(state: Json | undefined): JsonObject[] {
  const { resources = [] } = ((state as JsonObject | undefined)?.deployment ?? {}) as { resources?: JsonObject[] };
  return resources;
}

function summaryDifferences(
  expected: Summary,
  got: Summary,
  compared: Circumstances["compared"],
  comparison: Comparison,
): Difference[] {
  const found: Difference[] = compared("exits") ? differences(expected.exits, got.exits, comparison, "exits") : [];
  if (compared("outputs")) found.push(...differences(expected.outputs, got.outputs, comparison, "Outputs"));
  if (compared("resources")) found.push(...differences(expected.resources, got.resources, comparison, "Resources"));
  if (compared("diagnostics")) {
    for (const heading of new Set([...Object.keys(expected.diagnostics), ...Object.keys(got.diagnostics)])) {
      found.push(
        ...unorderedDifferences(
          expected.diagnostics[heading] ?? [],
          got.diagnostics[heading] ?? [],
          comparison,
          `Diagnostics.${heading}`,
        ),
      );
    }
  }
  return found;
}

function fileDifferences(
  name: string,
  expected: Json | undefined,
  got: Json | undefined,
  passphrase: string,
  comparison: Comparison,
): Difference[] {
  if (name.endsWith(".yaml")) {
    const [recorded, own] = [expected, got].map((text) =>
      typeof text === "string" ? plainStackFile(text, passphrase).split("\n") : text,
    );
    return differences(recorded, own, comparison, name);
  }
  if (grows(name) || name.endsWith("listing.txt")) {
    return unorderedDifferences(lines(expected), lines(got), comparison, name);
  }
  if (typeof expected === "string" && /^Current stack resources/m.test(expected)) {
    return unorderedDifferences(treeLines(expected), treeLines(got), comparison, name);
  }
  if (isJsonObject(expected) && isJsonObject(got)) {
    if ("deployment" in expected) {
      return [
        ...differences(expected.version, got.version, comparison, `${name}.version`),
        ...deploymentDifferences(expected.deployment ?? null, got.deployment ?? null, passphrase, comparison),
      ];
    }
    if (isJsonObject(expected.checkpoint) && isJsonObject(got.checkpoint)) {
      return [
        ...differences(expected.checkpoint.stack, got.checkpoint.stack, comparison, `${name}.stack`),
        ...deploymentDifferences(
          expected.checkpoint.latest ?? null,
          got.checkpoint.latest ?? null,
          passphrase,
          comparison,
        ),
      ];
    }
    if ("changeSummary" in expected) return previewDifferences(expected, got, comparison, name);
  }
  if (isHistory(expected)) return differences(historyEntries(expected), historyEntries(got), comparison, name);
  return textOrJsonDifferences(name, expected, got, comparison);
}

/** A `preview --json`: its steps come in the order of their registration, which differs from run to run. */
function previewDifferences(expected: JsonObject, got: JsonObject, comparison: Comparison, name: string): Difference[] {
  const byStep = ({ steps, diagnostics, duration: _, ...rest }: JsonObject) => ({
    ...rest,
    steps: Object.fromEntries(
      (steps as JsonObject[]).map((step) => [`${String(step.op)} ${String(step.urn)}`, withSortedSets(step)]),
    ),
  });
  return differences(byStep(expected), byStep(got), { ...comparison, ignoredKeys: incomparable }, name);
}

function isHistory(value: Json | undefined): boolean {
  const first = Array.isArray(value) ? value[0] : value;
  return isJsonObject(first) && "environment" in first;
}

function withSortedSets(step: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(step).map(([key, value]) => {
      if (Array.isArray(value)) return [key, [...value].sort()];
      return [key, isJsonObject(value) && key.endsWith("State") ? withSortedDependencies(value) : value];
    }),
  );
}

const telling = /^(?:exec\.kind|stack\.environments|updatePlan|pulumi\.flag\..+)$/;

/** History entries with what says something about the call, and not about the machine; secrets stay encrypted. */
function historyEntries(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((entry) => historyEntries(entry) ?? null);
  if (!isJsonObject(value)) return value;
  const { environment, config, ...rest } = value;
  return {
    ...rest,
    environment: Object.fromEntries(
      Object.entries((environment ?? {}) as JsonObject).filter(([key]) => telling.test(key)),
    ),
    config: JSON.parse(
      JSON.stringify(config ?? {}, (key, entry) => (key === "secure" ? "<CIPHERTEXT>" : entry)),
    ) as Json,
  };
}

function textOrJsonDifferences(
  name: string,
  expected: Json | undefined,
  got: Json | undefined,
  comparison: Comparison,
): Difference[] {
  if (typeof expected === "string" && typeof got === "string")
    return differences(lines(expected), lines(got), comparison, name);
  return differences(expected, got, { ...comparison, ignoredKeys: incomparable }, name);
}

/** Lines of a tree of resources without its branches: siblings come in the order of the state, which is no order. */
function treeLines(text: Json | undefined): string[] {
  return lines(text).map((line) => line.replace(/^[ │├└─]+/, ""));
}

/**
 * Lines with one blank between columns, whose widths differ with the values, and none at the end. Left out are `.attrs`
 * files, of the storage library that Pulumi's CLI uses and not needed, and what a history says about the machine.
 */
function lines(text: Json | undefined): string[] {
  const all = typeof text === "string" ? text.trimEnd().split("\n") : [];
  return all
    .map((line) => line.replace(/(?<=\S) {2,}/g, " ").trimEnd())
    .filter((line) => !line.endsWith(".attrs") && !/^ {4}(?:pulumi\.(?:env|arch|os|version)|runtime\.)/.test(line));
}
