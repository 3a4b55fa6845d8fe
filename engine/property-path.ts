import { isDeepStrictEqual } from "node:util";
import { isObject, isSecret, type PropertyMap, type PropertyValue, SIGNATURE_KEY } from "./property-value";

/** `*` stands for every key or index at its place. */
export type PropertyPath = (string | number)[];

/**
 * Reads `root.nested[0]["a key"].*`, as `ignoreChanges` and `replaceOnChanges` are written. Throws, quoting it, for a
 * path with an unclosed bracket.
 */
export function parsePropertyPath(text: string): PropertyPath {
  const path: PropertyPath = [];
  const part = /\.?([^.[\]"]+)|\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]|(\.)$/y;
  while (part.lastIndex < text.length) {
    const at = part.lastIndex;
    const match = part.exec(text);
    if (!match) throw new Error(`property path "${text}" cannot be read at position ${at}: "${text.slice(at)}"`);
    const [, key, index, quoted] = match;
    if (key !== undefined) path.push(key);
    else if (index !== undefined) path.push(index === "*" ? "*" : Number(index));
    else if (quoted !== undefined) path.push(quoted.replace(/\\(.)/g, "$1"));
  }
  return path;
}

/** Whether `pattern` names `path` itself or something that it lies in. */
export function containsPath(pattern: PropertyPath, path: PropertyPath): boolean {
  return (
    pattern.length <= path.length &&
    pattern.every((part, index) => part === "*" || String(part) === String(path[index]))
  );
}

/**
 * `inputs` with what the paths of `ignoreChanges` name set back to the old values: also added where only the old one
 * has it, and removed where only the new one has it. Lists keep their new length.
 */
export function withIgnoredChanges(inputs: PropertyMap, old: PropertyMap, paths: readonly string[]): PropertyMap {
  let result: PropertyValue = inputs;
  for (const path of paths) result = reset(result, old, parsePropertyPath(path)) ?? {};
  return result as PropertyMap;
}

function reset(
  now: PropertyValue | undefined,
  old: PropertyValue | undefined,
  path: PropertyPath,
): PropertyValue | undefined {
  const [part, ...rest] = path;
  if (part === undefined) return old;
  if (isSecret(now) || isSecret(old)) {
    const inner = reset(unwrap(now), unwrap(old), path);
    return isDeepStrictEqual(inner, unwrap(old))
      ? old
      : isSecret(now) && inner !== undefined
        ? { ...now, value: inner }
        : inner;
  }
  if (Array.isArray(now) && Array.isArray(old)) {
    return now.map((entry, index) =>
      index < old.length && (part === "*" || part === index) ? (reset(entry, old[index], rest) ?? null) : entry,
    );
  }
  if (isObject(now) && isObject(old) && !(SIGNATURE_KEY in now)) {
    const keys = part === "*" ? new Set([...Object.keys(now), ...Object.keys(old)]) : [String(part)];
    const result = { ...now };
    for (const key of keys) {
      // A path into something that one of the two lacks would invent its surroundings.
      if (rest.length > 0 && !(key in now && key in old)) continue;
      const value = reset(now[key], old[key], rest);
      if (value === undefined) delete result[key];
      else result[key] = value;
    }
    return result;
  }
  return now;
}

function unwrap(value: PropertyValue | undefined): PropertyValue | undefined {
  return isSecret(value) ? value.value : value;
}
