import { createHmac } from "node:crypto";
import type { PropertyMap } from "../../../property-value";
import type { CheckRequest } from "../../../provider";
import { DEFAULTS_KEY } from "./schema";

/** Characters of the random part of a name. */
const RANDOM = 7;

/**
 * The inputs with a name where none is given: that of the last run if it was chosen so too, else the resource's name, a
 * dash and 7 random hex digits, drawn from the seed.
 */
export function withAutoName(inputs: PropertyMap, { name, oldInputs, randomSeed, urn }: CheckRequest): PropertyMap {
  if (inputs.name !== undefined) return inputs;
  const defaults = [...(inputs[DEFAULTS_KEY] as string[]), "name"].sort();
  const wasChosen = Array.isArray(oldInputs[DEFAULTS_KEY]) && oldInputs[DEFAULTS_KEY].includes("name");
  const random = createHmac("sha256", randomSeed).update(urn).digest("hex").slice(0, RANDOM);
  return {
    ...inputs,
    name: wasChosen && typeof oldInputs.name === "string" ? oldInputs.name : `${name}-${random}`,
    [DEFAULTS_KEY]: defaults,
  };
}

/** A replacement under the same, given name can only be made once the old one is gone. */
export function needsFreeName(inputs: PropertyMap, oldOutputs: PropertyMap): boolean {
  const isChosen = Array.isArray(inputs[DEFAULTS_KEY]) && inputs[DEFAULTS_KEY].includes("name");
  return !isChosen && inputs.name === oldOutputs.name;
}
