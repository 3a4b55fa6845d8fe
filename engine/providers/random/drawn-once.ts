import { isDeepStrictEqual } from "node:util";
import { isObject, type PropertyMap, type PropertyValue, UNKNOWN } from "../../property-value";
import type { CheckResult } from "../../provider";
import type { ResourceType } from "../resource-type";

export type AttributeKind = "integer" | "boolean" | "string" | "keepers";

/** A value drawn at creation and never again: any change of an attribute draws a new one, by replacement. */
export interface DrawnOnce {
  attributes: Record<string, AttributeKind>;
  required: string[];
  /** The inputs with every default filled in. */
  attributesOf(inputs: PropertyMap): PropertyMap;
  /** Outputs that exist only once drawn. */
  drawn: string[];
  draw(attributes: PropertyMap): Promise<{ id: string; outputs: PropertyMap }>;
  /** A reason why these attributes, all known, cannot be drawn; undefined when they can. */
  refuse?(attributes: PropertyMap): { property: string; reason: string } | undefined;
}

export function drawnOnce(value: DrawnOnce): ResourceType {
  return {
    check: ({ newInputs }) => check(value, newInputs),

    diff({ oldOutputs, newInputs }) {
      const planned = value.attributesOf(newInputs);
      const changed = Object.keys(value.attributes).filter(
        (key) => !isDeepStrictEqual(orUndefined(planned[key]), orUndefined(oldOutputs[key])),
      );
      return changed.length === 0 ? { changes: "none" } : { changes: "some", diffs: changed, replaces: changed };
    },

    async create({ inputs }) {
      const attributes = value.attributesOf(inputs);
      const { id, outputs } = await value.draw(attributes);
      return { id, outputs: { ...attributes, ...outputs, id } };
    },

    previewCreate: ({ inputs }) => ({
      ...value.attributesOf(inputs),
      ...Object.fromEntries(["id", ...value.drawn].map((key) => [key, UNKNOWN])),
    }),
  };
}

/** Inputs that the type does not know are left out, as Pulumi's plugin does: they cannot mean anything. */
function check(value: DrawnOnce, newInputs: PropertyMap): CheckResult {
  const inputs: PropertyMap = {};
  const failures: NonNullable<CheckResult["failures"]> = [];
  for (const [key, kind] of Object.entries(value.attributes)) {
    const input = newInputs[key];
    if (input === undefined || input === null) {
      if (value.required.includes(key)) failures.push({ property: key, reason: `is missing; give it ${named[kind]}` });
      continue;
    }
    inputs[key] = input;
    if (input !== UNKNOWN && !is[kind](input)) {
      failures.push({ property: key, reason: `is ${JSON.stringify(input)}; it must be ${named[kind]}` });
    }
  }
  if (failures.length === 0 && !Object.values(inputs).includes(UNKNOWN)) {
    const refusal = value.refuse?.(value.attributesOf(inputs));
    if (refusal) failures.push(refusal);
  }
  return { inputs, failures };
}

const is: Record<AttributeKind, (value: PropertyValue) => boolean> = {
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  string: (value) => typeof value === "string",
  keepers: (value) => isObject(value),
};

const named: Record<AttributeKind, string> = {
  integer: "a whole number",
  boolean: "true or false",
  string: "a string",
  keepers: "a map of strings",
};

function orUndefined(value: PropertyValue | undefined): PropertyValue | undefined {
  return value === null ? undefined : value;
}
