import { isDeepStrictEqual } from "node:util";
import { isObject, isSecret, type PropertyMap, type PropertyValue, signatureOf } from "../property-value";

/** What became of a value; `same` only inside something that changed. */
export type ValueDiff =
  | { kind: "same"; value: PropertyValue }
  | { kind: "add"; value: PropertyValue }
  | { kind: "delete"; value: PropertyValue }
  | { kind: "update"; old: PropertyValue; new: PropertyValue }
  /** An entry that is left out is not shown. */
  | { kind: "list"; entries: (ValueDiff | undefined)[] }
  | { kind: "map"; entries: Record<string, ValueDiff> };

/** Differences of two values; `undefined` when there is none. Whether a value is secret makes no difference. */
export function diffValues(before: PropertyValue, after: PropertyValue): ValueDiff | undefined {
  if (isSecret(before) || isSecret(after)) {
    const [old, now] = [bare(before), bare(after)];
    return isDeepStrictEqual(old, now) ? undefined : { kind: "update", old: before, new: after };
  }
  if (Array.isArray(before) && Array.isArray(after)) return diffLists(before, after);
  if (isPlainObject(before) && isPlainObject(after)) return diffMaps(before, after);
  return isDeepStrictEqual(before, after) ? undefined : { kind: "update", old: before, new: after };
}

/** Differences by key, unchanged keys included; `undefined` when nothing changed. */
export function diffMaps(before: PropertyMap, after: PropertyMap): (ValueDiff & { kind: "map" }) | undefined {
  const entries: Record<string, ValueDiff> = {};
  let changed = false;
  for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
    if (isAbsent(before[key]) && isAbsent(after[key])) continue;
    const diff = diffEntry(before[key], after[key]);
    entries[key] = diff ?? { kind: "same", value: after[key] as PropertyValue };
    changed ||= diff !== undefined;
  }
  return changed ? { kind: "map", entries } : undefined;
}

function diffLists(before: PropertyValue[], after: PropertyValue[]): ValueDiff | undefined {
  const length = Math.max(before.length, after.length);
  const diffs = Array.from({ length }, (_, index) => diffEntry(before[index], after[index]));
  if (diffs.every((diff) => diff === undefined)) return undefined;
  const entries = diffs.map((diff, index): ValueDiff => diff ?? { kind: "same", value: after[index] as PropertyValue });
  return { kind: "list", entries };
}

function diffEntry(before: PropertyValue | undefined, after: PropertyValue | undefined): ValueDiff | undefined {
  if (isAbsent(before)) return { kind: "add", value: after as PropertyValue };
  if (isAbsent(after)) return { kind: "delete", value: before as PropertyValue };
  return diffValues(before as PropertyValue, after as PropertyValue);
}

/** A property without a value is as good as none. */
function isAbsent(value: PropertyValue | undefined): boolean {
  return value === undefined || value === null;
}

function bare(value: PropertyValue): PropertyValue {
  return isSecret(value) ? value.value : value;
}

function isPlainObject(value: PropertyValue): value is PropertyMap {
  return isObject(value) && signatureOf(value) === undefined;
}
