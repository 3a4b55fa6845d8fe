import type * as z from "zod";
import { nearest } from "./nearest";
import { didYouMean } from "./shape";
import type { Path } from "./yaml-path";

/** Where a part of a file is, as `YamlSource.mistake` takes it. */
export type Report = (path: Path, text: string, at?: "key" | "value") => void;

/** A value of which any part may be missing. A wrong one is still a key, without a value, so that it is not taken for one left out. */
export type Loose<T> = T extends (infer I)[]
  ? (Loose<I> | undefined)[]
  : T extends object
    ? { [K in keyof T]?: Loose<T[K]> }
    : T;

/** Keys below which values may be secret: an error says of what kind they are, not what they are. */
const UNSHOWN = new Set<unknown>(["defaults", "headers", "body"]);
const SHOWN_CHARACTERS = 60;

/**
 * Checks a value against a schema and reports every mistake once. `value` is there when there is none; `sound` is
 * what was found without the wrong parts, for further checks that must not wait until they are mended.
 */
export function checkShape<S extends z.ZodType>(
  schema: S,
  found: unknown,
  report: Report,
): { value?: z.output<S>; sound: Loose<z.output<S>> } {
  const { data, error } = schema.safeParse(found);
  if (!error) return { value: data, sound: found as Loose<z.output<S>> };
  let sound = structuredClone(found);
  const reported = new Set<string>();
  for (const issue of error.issues) {
    const path = issue.path as Path;
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) {
        const guess = nearest(key, issue.message.split(", "));
        report([...path, key], `unknown key "${shortened(key)}"; allowed: ${issue.message}${didYouMean(guess)}`, "key");
        delete (valueAt(sound, path) as Record<string, unknown>)[key];
        if (guess !== undefined && valueAt(found, [...path, guess]) === undefined) takeOut(sound, [...path, guess]);
      }
      continue;
    }
    if (reported.has(path.join("\0"))) continue;
    reported.add(path.join("\0"));
    if (issue.code === "custom" && issue.params?.wrong === "key") {
      report(path, `name "${shortened(String(path.at(-1)))}" is not allowed; allowed: ${issue.message}`, "key");
      continue;
    }
    const value = valueAt(found, path);
    report(path, `${value === undefined ? "missing" : `found ${shown(value, path)}`}; allowed: ${issue.message}`);
    if (path.length === 0) sound = {};
    else takeOut(sound, path);
  }
  return { sound: sound as Loose<z.output<S>> };
}

function shown(value: unknown, path: Path): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object") return "a map";
  if (path[0] === "variables" || path.some((step) => UNSHOWN.has(step))) {
    return typeof value === "string" ? "text" : `a ${typeof value}`;
  }
  return JSON.stringify(typeof value === "string" ? shortened(value) : value);
}

function shortened(text: string): string {
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, step) => (value as Record<string, unknown> | null | undefined)?.[step], root);
}

/** The place stays, without a value; what is right there already stays too. */
function takeOut(root: unknown, path: Path): void {
  const around = valueAt(root, path.slice(0, -1));
  if (typeof around === "object" && around !== null)
    (around as Record<string | number, unknown>)[path.at(-1) ?? ""] = undefined;
}
