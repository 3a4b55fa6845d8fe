import { isObject, type PropertyMap, type PropertyValue } from "../../../property-value";
import { isAsAsked } from "./same-value";
import { DEFAULTS_KEY, type Field, isZero, type Schema } from "./schema";

/** The inputs that would ask for what was found: those of the last run, their values taken from the outputs. */
export function inputsAsRead(schema: Schema, inputs: PropertyMap, outputs: PropertyMap): PropertyMap {
  const read: PropertyMap = {};
  const defaults: PropertyValue[] = Array.isArray(inputs[DEFAULTS_KEY]) ? inputs[DEFAULTS_KEY] : [];
  const kept = defaults.filter((key) => typeof key === "string" && outputs[key] === inputs[key]);
  if (kept.length > 0) read[DEFAULTS_KEY] = kept;
  for (const [key, input] of Object.entries(inputs)) {
    const field = schema[key];
    if (field) read[key] = valueAsRead(field, input, outputs[key] ?? null);
  }
  return read;
}

function valueAsRead(field: Field, input: PropertyValue, output: PropertyValue): PropertyValue {
  const fields = field.fields ?? {};
  if (field.kind === "object" && isObject(input) && isObject(output)) return inputsAsRead(fields, input, output);
  if ((field.kind === "objectList" || field.kind === "objectSet") && Array.isArray(output)) {
    const inputs = (Array.isArray(input) ? input : []).filter(isObject);
    return output.map((entry) => {
      if (!isObject(entry)) return entry;
      const asked = inputs.find((candidate) => isAsAsked(fields, candidate, entry));
      return asked ? inputsAsRead(fields, asked, entry) : withoutZeros(entry);
    });
  }
  return output;
}

function withoutZeros(entry: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => !isZero(value)));
}
