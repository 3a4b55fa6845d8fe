import { type Bindings, matches } from "./placeholders";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** One place where this engine and the record disagree. `undefined`: there is nothing on that side. */
export interface Difference {
  path: string;
  expected: Json | undefined;
  got: Json | undefined;
}

/** Marks a decrypted secret: `{ [PLAIN_SECRET]: value }`. */
export const PLAIN_SECRET = "secret in the state";

export interface Comparison {
  bindings: Bindings;
  /** Values that this run drew at random; inside a secret the record has its own in their place. */
  randomValues?: readonly string[];
  /** Keys left out wherever they occur. */
  ignoredKeys?: ReadonlySet<string>;
}

/** Every difference between a recorded value, in which placeholders stand for anything of their kind, and this one. */
export function differences(
  expected: Json | undefined,
  got: Json | undefined,
  comparison: Comparison,
  path = "",
  secret = false,
): Difference[] {
  if (typeof expected === "string") {
    const text = typeof got === "number" ? String(got) : got;
    const same =
      typeof text === "string" &&
      (matches(expected, text, comparison.bindings) || (secret && matchesRandom(expected, text, comparison)));
    return same ? [] : [{ path, expected, got }];
  }
  if (Array.isArray(expected) && Array.isArray(got)) {
    return Array.from({ length: Math.max(expected.length, got.length) }).flatMap((_, index) =>
      differences(expected[index], got[index], comparison, `${path}[${index}]`, secret),
    );
  }
  if (isJsonObject(expected) && isJsonObject(got)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(got)]);
    return [...keys]
      .filter((key) => !comparison.ignoredKeys?.has(key))
      .flatMap((key) =>
        differences(
          expected[key],
          got[key],
          comparison,
          path === "" ? key : `${path}.${key}`,
          secret || key === PLAIN_SECRET,
        ),
      );
  }
  return expected === got ? [] : [{ path, expected, got }];
}

/**
 * The records' ciphertexts hold the values of that run, no placeholders: there, a value drawn at random in the record
 * pairs with one drawn at random here, and with no other from then on.
 */
function matchesRandom(expected: string, got: string, { bindings, randomValues = [] }: Comparison): boolean {
  return randomValues.some((value) => {
    const start = value === "" ? -1 : got.indexOf(value);
    if (start < 0) return false;
    const [before, after] = [got.slice(0, start), got.slice(start + value.length)];
    if (!expected.startsWith(before) || !expected.endsWith(after)) return false;
    const recorded = expected.slice(before.length, expected.length - after.length);
    const name = `RECORDED ${recorded}`;
    if (recorded === "" || !bindings.allows(name, value)) return false;
    bindings.bind(name, value);
    return true;
  });
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Compares two lists whose order means nothing: every recorded entry takes the first entry that equals it, and what
 * is left on either side is a difference.
 */
export function unorderedDifferences(
  expected: readonly Json[],
  got: readonly Json[],
  comparison: Comparison,
  path: string,
): Difference[] {
  const rest = [...got];
  const missing = expected.filter((entry) => {
    const index = rest.findIndex((candidate) =>
      comparison.bindings.attempt(() => differences(entry, candidate, comparison).length === 0),
    );
    if (index >= 0) rest.splice(index, 1);
    return index < 0;
  });
  return [
    ...missing.map((entry) => ({ path, expected: entry, got: undefined })),
    ...rest.map((entry) => ({ path, expected: undefined, got: entry })),
  ];
}

const LONGEST = 600;

/** For people: path, then what the record has and what came instead. */
export function describe(found: readonly Difference[]): string {
  const shown = found
    .slice(0, 12)
    .map(({ path, expected, got }) => `${path}\n  expected ${short(expected)}\n  got      ${short(got)}`);
  return [...shown, ...(found.length > shown.length ? [`… and ${found.length - shown.length} more`] : [])].join("\n");
}

function short(value: Json | undefined): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}… (${text.length} characters)`;
}
