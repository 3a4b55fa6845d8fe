import { isDeepStrictEqual } from "node:util";
import {
  containsSecret,
  isObject,
  isSecret,
  type PropertyMap,
  type PropertyValue,
  secret,
  withoutSecrets,
} from "./property-value";

/**
 * What a provider returned, marked again: it was given plain values, so that every value whose input was a secret
 * becomes one. Objects are followed key by key. A list that came back as it was keeps its marks, entry by entry, as
 * under the official providers; of any other (sorted, say) all is secret when anything in the input was.
 */
export function markSecrets(returned: PropertyMap, inputs: PropertyMap): PropertyMap {
  let result = returned;
  for (const [key, input] of Object.entries(inputs)) {
    const value = returned[key];
    if (value === undefined || !containsSecret(input)) continue;
    if (result === returned) result = { ...returned };
    result[key] = markValue(value, input);
  }
  return result;
}

/** What is marked already stays as it is, so that to mark again changes nothing. */
function markValue(value: PropertyValue, input: PropertyValue): PropertyValue {
  if (!containsSecret(input) || isSecret(value)) return value;
  if (Array.isArray(input) && Array.isArray(value) && isDeepStrictEqual(withoutSecrets(input), withoutSecrets(value))) {
    return value.map((entry, index) => markValue(entry, input[index] as PropertyValue));
  }
  if (isObject(input) && !isSecret(input) && isObject(value)) return markSecrets(value, input);
  return secret(value);
}

/** Marks outputs whose names are given (`additionalSecretOutputs`); names without an output are no error, `id` is never secret. */
export function markNamedSecrets(outputs: PropertyMap, names: readonly string[]): PropertyMap {
  const present = names.filter((name) => name in outputs && name !== "id");
  if (present.length === 0) return outputs;
  const result = { ...outputs };
  for (const name of present) result[name] = secret(outputs[name] as PropertyValue);
  return result;
}

/** Marks outputs after the inputs, and where an earlier output of the same name was a secret. */
export function markKnownSecrets(outputs: PropertyMap, inputs: PropertyMap, before: PropertyMap): PropertyMap {
  const secretBefore = Object.keys(before).filter((key) => isSecret(before[key]));
  return markNamedSecrets(markSecrets(outputs, inputs), secretBefore);
}
