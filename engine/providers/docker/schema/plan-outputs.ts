import { isObject, type PropertyMap, type PropertyValue, UNKNOWN } from "../../../property-value";
import { isAsAsked } from "./same-value";
import { type Field, isGiven, isKnown, objectsOf, type Schema } from "./schema";

/**
 * The outputs that checked inputs ask for, every property of the schema present. What Docker chooses is unknown for a
 * new resource, and as in `state`, the outputs of the last run, for one that exists.
 */
export function plannedOutputs(schema: Schema, inputs: PropertyMap, state?: PropertyMap): PropertyMap {
  return sortedSets(schema, askedFor(schema, inputs, state));
}

/** The same with sets in the order of the inputs, by which differences name their entries. */
export function askedFor(schema: Schema, inputs: PropertyMap, state?: PropertyMap): PropertyMap {
  const outputs: PropertyMap = {};
  for (const [key, field] of Object.entries(schema)) {
    const input = inputs[key];
    const known = state && (state[key] ?? null);
    if (isGiven(field, input)) outputs[key] = normalized(field, input, known);
    else if (field.computed || field.output) outputs[key] = known === undefined ? UNKNOWN : known;
    else if (field.default !== undefined) outputs[key] = field.default;
    else outputs[key] = field.kind === "objectList" || field.kind === "objectSet" ? [] : null;
  }
  return outputs;
}

function normalized(field: Field, value: PropertyValue, state: PropertyValue | undefined): PropertyValue {
  if (!isKnown(value)) return value;
  const fields = field.fields ?? {};
  if (field.kind === "object") return normalizedObject(fields, value as PropertyMap, state);
  if (field.kind === "objectList" || field.kind === "objectSet") {
    return (value as PropertyValue[]).map((entry) =>
      isObject(entry) ? normalizedObject(fields, entry, state && (stateOf(fields, entry, state) ?? null)) : entry,
    );
  }
  return value;
}

function sortedSets(schema: Schema, outputs: PropertyMap): PropertyMap {
  return Object.fromEntries(
    Object.entries(outputs).map(([key, value]) => {
      const { kind, fields = {} } = schema[key] ?? {};
      if (kind === "set" && Array.isArray(value)) return [key, [...new Set(value)].sort()];
      if (kind === "object" && isObject(value)) return [key, sortedSets(fields, value)];
      if ((kind === "objectList" || kind === "objectSet") && Array.isArray(value)) {
        return [key, value.map((entry) => (isObject(entry) ? sortedSets(fields, entry) : entry))];
      }
      return [key, value];
    }),
  );
}

/** The entry of the last run that the given one asks for. */
function stateOf(fields: Schema, entry: PropertyMap, state: PropertyValue): PropertyMap | undefined {
  return objectsOf(state).find((known) => isAsAsked(fields, entry, known));
}

/** Within an object every field is there, with its zero where Pulumi's plugin has one. */
function normalizedObject(fields: Schema, value: PropertyMap, state: PropertyValue | undefined): PropertyMap {
  const known = isObject(state) ? state : {};
  return Object.fromEntries(
    Object.entries(fields).map(([key, field]) => {
      const given = value[key];
      if (isGiven(field, given)) return [key, normalized(field, given, state && (known[key] ?? null))];
      if (field.computed) return [key, state === undefined ? UNKNOWN : (known[key] ?? null)];
      return [key, field.default ?? zeroInObject[field.kind]];
    }),
  );
}

const zeroInObject: Record<Field["kind"], PropertyValue> = {
  string: "",
  integer: null,
  boolean: null,
  map: {},
  list: [],
  set: [],
  object: null,
  objectList: [],
  objectSet: [],
};
