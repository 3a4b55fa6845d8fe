import { isObject, type PropertyMap, type PropertyValue } from "../../../property-value";
import type { CheckResult } from "../../../provider";
import { DEFAULTS_KEY, type Field, isGiven, isKnown, isZero, type Schema } from "./schema";

type Failures = Required<CheckResult>["failures"];

/**
 * The inputs with defaults filled in, as Pulumi's plugin records them, and everything that is wrong with them: unknown
 * names, wrong kinds, missing values. A value is not quoted, it may be secret.
 */
export function checkInputs(schema: Schema, given: PropertyMap): Required<CheckResult> {
  const failures: Failures = [];
  const inputs = checkObject(schema, given, "", failures);
  return { inputs, failures };
}

function checkObject(schema: Schema, given: PropertyMap, at: string, failures: Failures): PropertyMap {
  const inputs: PropertyMap = {};
  for (const [key, value] of Object.entries(given)) {
    const field = Object.hasOwn(schema, key) ? schema[key] : undefined;
    if (key === DEFAULTS_KEY || value === null) continue;
    if (!field || field.output) {
      const known = Object.keys(schema).filter((name) => !schema[name]?.output);
      failures.push({
        property: at + key,
        reason: `is not supported by the embedded engine, which has ${known.join(", ")}; use Pulumi's CLI for this`,
      });
    } else inputs[key] = checkValue(field, value, at + key, failures);
  }
  const defaults: string[] = [];
  for (const [key, field] of Object.entries(schema)) {
    if (key in inputs) continue;
    if (field.required) failures.push({ property: at + key, reason: "is missing" });
    else if (!isZero(field.default)) {
      inputs[key] = field.default as PropertyValue;
      defaults.push(key);
    }
  }
  inputs[DEFAULTS_KEY] = defaults.sort();
  return inputs;
}

function checkValue(field: Field, value: PropertyValue, at: string, failures: Failures): PropertyValue {
  if (!isKnown(value)) return value;
  if (!isOfKind(field, value)) {
    failures.push({ property: at, reason: `must be ${named[field.kind]}` });
    return value;
  }
  const refusal = isGiven(field, value) ? field.refuse?.(value) : undefined;
  if (refusal) failures.push({ property: at, reason: refusal });
  const fields = field.fields ?? {};
  if (field.kind === "object") return checkObject(fields, value as PropertyMap, `${at}.`, failures);
  if (field.kind === "objectList" || field.kind === "objectSet") {
    return (value as PropertyValue[]).map((entry, index) =>
      isObject(entry) ? checkObject(fields, entry, `${at}[${index}].`, failures) : entry,
    );
  }
  return value;
}

function isOfKind(field: Field, value: PropertyValue): boolean {
  switch (field.kind) {
    case "string":
      return typeof value === "string";
    case "integer":
      return Number.isInteger(value);
    case "boolean":
      return typeof value === "boolean";
    case "map":
      return isObject(value) && Object.values(value).every((entry) => typeof entry === "string");
    case "list":
    case "set":
      return Array.isArray(value) && value.every((entry) => typeof entry === "string");
    case "object":
      return isObject(value);
    case "objectList":
    case "objectSet":
      return Array.isArray(value) && value.every((entry) => isObject(entry) || !isKnown(entry));
  }
}

const named: Record<Field["kind"], string> = {
  string: "a string",
  integer: "a whole number",
  boolean: "true or false",
  map: "a map of strings",
  list: "a list of strings",
  set: "a list of strings",
  object: "an object",
  objectList: "a list of objects",
  objectSet: "a list of objects",
};
