/**
 * Building blocks of the schemas. Every error completes the sentence "found …; allowed: …", so that a mistake reads
 * the same wherever it is.
 */

import * as z from "zod";
import { nearest } from "./nearest";

/** A map with these keys and no others. */
export function closedMap<S extends z.core.$ZodLooseShape>(shape: S) {
  const keys = Object.keys(shape).join(", ");
  return z.strictObject(shape, {
    error: ({ code }) => (code === "unrecognized_keys" ? keys : `a map with the keys ${keys}`),
  });
}

const keyGrammars = new WeakMap<object, z.ZodString>();

/** A map whose keys have a grammar. Unlike `z.record` it checks the value of a wrong key too. */
export function mapOf<V extends z.ZodType>(key: z.ZodString, value: V, allowed: string) {
  const map = z.record(z.string(), value, { error: allowed }).superRefine(
    (found: unknown, context) => {
      if (typeof found !== "object" || found === null || Array.isArray(found)) return;
      for (const name of Object.keys(found)) {
        const issue = key.safeParse(name).error?.issues[0];
        if (issue) context.addIssue({ code: "custom", message: issue.message, path: [name], params: { wrong: "key" } });
      }
    },
    { when: () => true },
  );
  keyGrammars.set(map, key);
  return map;
}

export function listOf<I extends z.ZodType>(item: I, allowed: string) {
  return z.array(item, { error: allowed });
}

export function oneOf<const V extends readonly [string, ...string[]]>(...values: V) {
  return z.enum(values, {
    error: ({ input }) => {
      const guess = typeof input === "string" ? nearest(input, [...values]) : undefined;
      return `${values.join(", ")}${didYouMean(guess)}`;
    },
  });
}

export function flag() {
  return z.boolean({ error: "true or false" });
}

export function wholeBetween(least: number, most: number) {
  const error = `a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

export function numberBetween(least: number, most: number) {
  const error = `a number from ${least} to ${most}`;
  return z.number({ error }).min(least, { error }).max(most, { error });
}

export function textLike(pattern: RegExp, allowed: string | ((found: unknown) => string)) {
  const error = typeof allowed === "string" ? allowed : ({ input }: { input?: unknown }) => allowed(input);
  return z.string({ error }).regex(pattern, { error });
}

export function didYouMean(guess: string | undefined): string {
  return guess === undefined ? "" : `; did you mean "${guess}"?`;
}

/** With which editors complete and check a file while it is written. */
export function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, {
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      const key = keyGrammars.get(zodSchema);
      if (key) jsonSchema.propertyNames = { type: "string", pattern: z.toJSONSchema(key).pattern };
    },
  });
}
