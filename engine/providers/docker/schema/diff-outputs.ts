import { containsPath, parsePropertyPath } from "../../../property-path";
import { isObject, type PropertyMap, type PropertyValue } from "../../../property-value";
import type { DiffKind, DiffResult } from "../../../provider";
import { askedFor } from "./plan-outputs";
import { isSame, unmatched } from "./same-value";
import { type Field, isZero, type Schema } from "./schema";

type Change = "add" | "delete" | "update";
type Found = (path: string, change: Change) => void;

/**
 * What would change from the outputs of the last run to what these inputs ask for, and what of it replaces. Without what
 * the paths of `ignoreChanges` name, as Pulumi's bridge leaves it out: outputs tell more than the inputs before, of what
 * somebody else made or changed.
 */
export function diffOutputs(
  schema: Schema,
  state: PropertyMap,
  inputs: PropertyMap,
  ignoreChanges: readonly string[] = [],
): DiffResult {
  const ignored = ignoreChanges.map(parsePropertyPath);
  const planned = askedFor(schema, inputs, state);
  const detailedDiff: Record<string, { kind: DiffKind; inputDiff: boolean }> = {};
  const diffs: string[] = [];
  const replaces: string[] = [];
  for (const [key, field] of Object.entries(schema)) {
    if (field.output || isSame(field, state[key], planned[key])) continue;
    if (field.sticky && isZero(planned[key])) continue;
    const changes: [path: string, change: Change][] = [];
    compare(field, key, state[key], planned[key], (path, change) => {
      if (!ignored.some((pattern) => containsPath(pattern, parsePropertyPath(path)))) changes.push([path, change]);
    });
    if (changes.length === 0) continue;
    diffs.push(key);
    if (field.replace) replaces.push(key);
    for (const [path, change] of changes) {
      detailedDiff[path] = { kind: field.replace ? `${change}-replace` : change, inputDiff: false };
    }
  }
  return diffs.length === 0 ? { changes: "none" } : { changes: "some", diffs, replaces, detailedDiff };
}

function compare(
  field: Field,
  path: string,
  old: PropertyValue | undefined,
  now: PropertyValue | undefined,
  found: Found,
): void {
  if (isSame(field, old, now)) return;
  if (isAbsent(old)) found(path, "add");
  else if (isAbsent(now)) found(path, "delete");
  else if (isObject(old) && isObject(now)) {
    if (field.fields) compareObject(field.fields, path, old, now, found);
    else compareMap(path, old, now, found);
  } else if (Array.isArray(old) && Array.isArray(now)) compareLists(field, path, old, now, found);
  else found(path, "update");
}

function isAbsent(value: PropertyValue | undefined): boolean {
  return isZero(value) && (value === undefined || typeof value === "object");
}

function compareObject(fields: Schema, path: string, old: PropertyMap, now: PropertyMap, found: Found): void {
  for (const [key, field] of Object.entries(fields)) compare(field, `${path}.${key}`, old[key], now[key], found);
}

function compareMap(path: string, old: PropertyMap, now: PropertyMap, found: Found): void {
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
    const step = /^[\w$]+$/.test(key) ? `.${key}` : `["${key}"]`;
    if (!(key in old)) found(path + step, "add");
    else if (!(key in now)) found(path + step, "delete");
    else if (old[key] !== now[key]) found(path + step, "update");
  }
}

/** Lists place by place. Of sets only the entries that the other lacks: at the same place they are one that changed. */
function compareLists(field: Field, path: string, old: PropertyValue[], now: PropertyValue[], found: Found): void {
  const isSet = field.kind === "set" || field.kind === "objectSet";
  const gone = new Set(isSet ? unmatched(field, old, now) : old.keys());
  const come = new Set(isSet ? unmatched(field, now, old) : now.keys());
  for (const index of new Set([...come, ...gone])) {
    const at = `${path}[${index}]`;
    const [before, after] = [old[index], now[index]];
    if (!gone.has(index)) found(at, "add");
    else if (!come.has(index)) found(at, "delete");
    else if (field.fields && isObject(before) && isObject(after)) compareObject(field.fields, at, before, after, found);
    else if (before !== after) found(at, "update");
  }
}
