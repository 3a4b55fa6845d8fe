import { isJsonObject, type Json, type JsonObject } from "./difference";
import type { ComparableEvent, Outcome, Summary } from "./outcome";

/** What is taken out of a scenario when it is copied, programs and records alike. */
export interface Without {
  /** Names of resources that this engine does not support; nothing that stays depends on one. */
  resources: readonly string[];
  /** Beginnings of program lines that make or export them. */
  lines: readonly string[];
  /** Stack outputs of theirs. */
  outputs?: readonly string[];
}

export function programWithout(text: string, { lines }: Without): string {
  return text
    .split("\n")
    .filter((line) => !lines.some((start) => line.startsWith(start)))
    .join("\n");
}

/** The outcome as it would have been without those resources: nothing of them, and every count lowered by them. */
export function outcomeWithout(outcome: Outcome, without: Without): Outcome {
  const isOut = (urn: Json | undefined) => without.resources.some((name) => String(urn).endsWith(`::${name}`));
  const counted = countedOperations((outcome.events ?? []).filter(({ urn }) => isOut(urn)));
  return {
    ...outcome,
    ...(outcome.summary ? { summary: summaryWithout(outcome.summary, without, counted) } : {}),
    ...(outcome.events
      ? {
          events: outcome.events
            .filter(({ urn }) => !isOut(urn))
            .map((event) => withLowerCounts(event, "resourceChanges", counted)),
        }
      : {}),
    ...(outcome.state === undefined ? {} : { state: pruned(outcome.state, without, isOut) }),
    files: Object.fromEntries(
      Object.entries(outcome.files).map(([name, content]) => [name, fileWithout(content, without, isOut, counted)]),
    ),
  };
}

function countedOperations(events: readonly ComparableEvent[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { event, op } of events) {
    if (event === "resourcePreEvent") counts.set(String(op), (counts.get(String(op)) ?? 0) + 1);
  }
  return counts;
}

/** How the lines of `Resources:` name the operations. */
const words: { [operation: string]: RegExp } = {
  create: /(\d+) (?:to create|created)/,
  update: /(\d+) (?:to update|updated)/,
  delete: /(\d+) (?:to delete|deleted)/,
  replace: /(\d+) (?:to replace|replaced)/,
  same: /(\d+) unchanged/,
  changes: /(\d+) changes\./,
};

function summaryWithout(summary: Summary, { resources, outputs = [] }: Without, counted: Map<string, number>): Summary {
  const changes = ["create", "update", "delete", "replace"].reduce(
    (sum, operation) => sum + (counted.get(operation) ?? 0),
    0,
  );
  const countOf = (operation: string) => (operation === "changes" ? changes : (counted.get(operation) ?? 0));
  const lowered = summary.resources.map((line) =>
    Object.entries(words).reduce(
      (text, [operation, word]) =>
        text.replace(word, (all, count: string) => all.replace(count, String(Number(count) - countOf(operation)))),
      line,
    ),
  );
  return {
    ...summary,
    resources: lowered.filter((line) => !/(?<!\d)0 /.test(line)),
    outputs: linesWithout(summary.outputs, outputs),
    diagnostics: Object.fromEntries(
      Object.entries(summary.diagnostics).filter(
        ([heading]) => !resources.some((name) => heading.endsWith(`(${name}):`)),
      ),
    ),
  };
}

/** Lines of the values of some outputs are left out, from the name to the bracket that closes it. */
function linesWithout(lines: readonly string[], names: readonly string[]): string[] {
  let isOut = false;
  return lines.filter((line) => {
    const name = /^ {2}[ +~-] (\S+) *:/.exec(line)?.[1];
    if (name !== undefined) isOut = names.includes(name);
    return !isOut;
  });
}

function withLowerCounts<T extends JsonObject>(value: T, key: string, counted: Map<string, number>): T {
  const counts = value[key];
  if (!isJsonObject(counts)) return value;
  const lowered = Object.entries(counts).map(
    ([operation, count]) => [operation, Number(count) - (counted.get(operation) ?? 0)] as const,
  );
  return { ...value, [key]: Object.fromEntries(lowered.filter(([, count]) => count !== 0)) };
}

function fileWithout(
  content: Json,
  without: Without,
  isOut: (urn: Json | undefined) => boolean,
  counted: Map<string, number>,
): Json {
  if (typeof content === "string") {
    return content
      .split("\n")
      .filter(
        (line) =>
          !without.resources.some((name) => /^(?:create|update|delete)-/.test(line) && line.endsWith(`-${name}`)),
      )
      .filter((line) => !without.outputs?.some((name) => new RegExp(`^ {2}${name} `).test(line)))
      .join("\n");
  }
  const areOutputs = isJsonObject(content) && (without.outputs ?? []).some((name) => name in content);
  const kept = pruned(content, without, isOut, areOutputs);
  return isJsonObject(kept) ? withLowerCounts(kept, "changeSummary", counted) : kept;
}

/** Without entries of the resources, and without the outputs where they are the stack's. */
function pruned(value: Json, without: Without, isOut: (urn: Json | undefined) => boolean, ofStack = false): Json {
  if (Array.isArray(value)) {
    return value
      .filter((entry) => !(isJsonObject(entry) && isOut(entry.urn)))
      .map((entry) => pruned(entry, without, isOut));
  }
  if (!isJsonObject(value)) return value;
  const isStack = value.type === "pulumi:pulumi:Stack";
  const entries = Object.entries(value).filter(([key]) => !(ofStack && without.outputs?.includes(key)));
  return Object.fromEntries(
    entries.map(([key, entry]) => [key, pruned(entry, without, isOut, isStack && key === "outputs")]),
  );
}
