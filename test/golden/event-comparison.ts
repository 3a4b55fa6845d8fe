import { type Comparison, type Difference, differences, type JsonObject, unorderedDifferences } from "./difference";
import type { ComparableEvent } from "./outcome";
import { references } from "./state-comparison";

/**
 * Compares two event logs: the same operations on each resource in the same order, the same messages about it, the
 * same summary. Between resources only the order that dependencies force means something; see `misordered`.
 */
export function eventDifferences(
  expected: readonly ComparableEvent[],
  got: readonly ComparableEvent[],
  comparison: Comparison,
  withMessages = true,
): Difference[] {
  const subjects = new Set([...expected, ...got].map(subject).filter((of) => withMessages || !isMessage(of)));
  return [...subjects].flatMap((of) => {
    const [recorded, own] = [expected, got].map((events) => events.filter((event) => subject(event) === of)) as [
      ComparableEvent[],
      ComparableEvent[],
    ];
    return isMessage(of)
      ? unorderedDifferences(recorded, own, comparison, `events.${of}`)
      : differences(recorded, own, comparison, `events.${of}`);
  });
}

function isMessage(subjectOfEvent: string): boolean {
  return subjectOfEvent.startsWith("diagnosticEvent");
}

function subject({ event, urn }: ComparableEvent): string {
  if (event === "diagnosticEvent") return `diagnosticEvent ${String(urn)}`;
  return urn === undefined ? event : String(urn);
}

const makes = new Set(["create", "update", "create-replacement"]);
const removes = new Set(["delete", "delete-replaced"]);

/**
 * Operations that came too early: a resource made before what it refers to was done, or deleted before what refers to
 * it was gone.
 *
 * @param before resources of the state that the run began with
 * @param after resources of the state that it left
 */
export function misordered(
  events: readonly ComparableEvent[],
  before: readonly JsonObject[],
  after: readonly JsonObject[],
): Difference[] {
  const at = (event: string, ops: ReadonlySet<string>, urn: string) =>
    events.findIndex((entry) => entry.event === event && entry.urn === urn && ops.has(String(entry.op)));
  const found: Difference[] = [];
  const check = (early: number, late: number, urn: string, than: string) => {
    if (early >= 0 && late >= 0 && late < early)
      found.push({ path: `events.${urn}`, expected: `after ${than}`, got: "before it" });
  };
  for (const resource of after.filter((entry) => !entry.delete)) {
    const urn = String(resource.urn);
    for (const needed of references(resource)) {
      if (needed === resource.parent)
        check(at("resourcePreEvent", makes, needed), at("resourcePreEvent", makes, urn), urn, needed);
      else if (isCustom(needed, after))
        check(at("resOutputsEvent", makes, needed), at("resourcePreEvent", makes, urn), urn, needed);
    }
  }
  for (const resource of before) {
    const urn = String(resource.urn);
    for (const needed of references(resource))
      check(at("resOutputsEvent", removes, urn), at("resourcePreEvent", removes, needed), needed, urn);
  }
  return found;
}

/** The outputs of a component come when its program says so, which may be after what depends on it. */
function isCustom(urn: string, resources: readonly JsonObject[]): boolean {
  return resources.some((entry) => entry.urn === urn && entry.custom === true);
}
