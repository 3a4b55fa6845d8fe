import { isDeepStrictEqual } from "node:util";
import { isObject, type PropertyMap, type PropertyValue, SIGNATURE_KEY, UNKNOWN } from "./property-value";
import type { DiffResult } from "./provider";

/**
 * The engine's own comparison, for providers that do not know: any difference is an update. Values are without secret
 * wrappers; an unknown value differs from everything, as it may become anything.
 */
export function inputDiff(old: PropertyMap, now: PropertyMap): DiffResult {
  const diffs = changedKeys(old, now);
  if (diffs.length === 0) return { changes: "none" };
  const detailedDiff: NonNullable<DiffResult["detailedDiff"]> = {};
  compare(old, now, "", detailedDiff);
  return { changes: "some", diffs, detailedDiff };
}

/** Top-level keys whose values differ, new and removed ones included. */
export function changedKeys(old: PropertyMap, now: PropertyMap): string[] {
  const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
  return [...keys].filter((key) => !same(old[key], now[key])).sort();
}

function same(old: PropertyValue | undefined, now: PropertyValue | undefined): boolean {
  return now !== UNKNOWN && isDeepStrictEqual(old, now);
}

function compare(
  old: PropertyValue | undefined,
  now: PropertyValue | undefined,
  path: string,
  found: NonNullable<DiffResult["detailedDiff"]>,
): void {
  if (same(old, now)) return;
  if (isPlain(old) && isPlain(now)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
      compare(old[key], now[key], path + (/^[\w-]+$/.test(key) ? `${path && "."}${key}` : `["${key}"]`), found);
    }
  } else if (Array.isArray(old) && Array.isArray(now)) {
    for (let index = 0; index < Math.max(old.length, now.length); index++) {
      compare(old[index], now[index], `${path}[${index}]`, found);
    }
  } else {
    found[path] = { kind: old === undefined ? "add" : now === undefined ? "delete" : "update", inputDiff: true };
  }
}

function isPlain(value: PropertyValue | undefined): value is PropertyMap {
  return isObject(value) && !(SIGNATURE_KEY in value);
}
