import { isDeepStrictEqual } from "node:util";
import { isObject, type PropertyMap, type PropertyValue } from "../../../property-value";
import { type Field, isZero, type Schema } from "./schema";

/** Whether two values ask the same of Docker. What it chooses itself, where nothing is asked for, is never different. */
export function isSame(field: Field, old: PropertyValue | undefined, now: PropertyValue | undefined): boolean {
  if (isZero(old) || isZero(now))
    return (isZero(old) && isZero(now)) || (field.computed === true && (now ?? null) === null);
  switch (field.kind) {
    case "set":
      return isDeepStrictEqual(sortedCanonical(field, old), sortedCanonical(field, now));
    case "object":
      return isSameObject(field.fields ?? {}, old, now);
    case "objectList":
      return (
        listOf(old).length === listOf(now).length &&
        listOf(now).every((entry, index) => isSameObject(field.fields ?? {}, listOf(old)[index], entry))
      );
    case "objectSet":
      return listOf(old).length === listOf(now).length && unmatched(field, listOf(now), listOf(old)).length === 0;
    default:
      return isDeepStrictEqual(canonical(field, old), canonical(field, now));
  }
}

/** Whether an entry of the outputs is as an input asks, in what the input says. */
export function isAsAsked(fields: Schema, input: PropertyMap, entry: PropertyMap): boolean {
  return Object.entries(fields).every(
    ([key, field]) => input[key] === undefined || isSame(field, entry[key], input[key]),
  );
}

function isSameObject(fields: Schema, old: PropertyValue | undefined, now: PropertyValue | undefined): boolean {
  if (!isObject(old) || !isObject(now)) return isDeepStrictEqual(old, now);
  return Object.entries(fields).every(([key, field]) => isSame(field, old[key], now[key]));
}

/** Indices of the entries that have none of the same meaning among the others. */
export function unmatched(field: Field, entries: PropertyValue[], others: PropertyValue[]): number[] {
  const same = (entry: PropertyValue, other: PropertyValue) =>
    field.fields
      ? isSameObject(field.fields, other, entry)
      : isDeepStrictEqual(canonical(field, entry), canonical(field, other));
  return [...entries.keys()].filter((index) => !others.some((other) => same(entries[index] as PropertyValue, other)));
}

function canonical(field: Field, value: PropertyValue | undefined): PropertyValue | undefined {
  return value !== undefined && value !== null && field.canonical ? field.canonical(value) : value;
}

function sortedCanonical(field: Field, value: PropertyValue | undefined): (PropertyValue | undefined)[] {
  return [...new Set(listOf(value).map((entry) => canonical(field, entry)))].sort();
}

function listOf(value: PropertyValue | undefined): PropertyValue[] {
  return Array.isArray(value) ? value : [];
}
