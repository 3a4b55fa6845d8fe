import { isObject, type PropertyMap, type PropertyValue, UNKNOWN } from "../../../property-value";

export type FieldKind =
  | "string"
  | "integer"
  | "boolean"
  | "map"
  /** Strings in an order that matters. */
  | "list"
  /** Strings in no order; outputs have them sorted. */
  | "set"
  /** At most one. */
  | "object"
  | "objectList"
  /** Objects in no order. */
  | "objectSet";

/** What @pulumi/docker 5.2.0 says of a property: what it holds, where it comes from, what its change means. */
export interface Field {
  kind: FieldKind;
  /** Of the objects, by kind. */
  fields?: Schema;
  required?: boolean;
  /** Written into the inputs, and named in their `__defaults`, unless it is the zero of its kind. */
  default?: PropertyValue;
  /** A change needs a replacement. A field of an object is replaced with the property that it is part of. */
  replace?: boolean;
  /** Docker chooses where nothing is asked for. */
  computed?: boolean;
  /** Cannot be asked for. */
  output?: boolean;
  /** Taking it away changes nothing. */
  sticky?: boolean;
  /** Values that mean the same to Docker have the same canonical form. */
  canonical?(value: PropertyValue): PropertyValue;
  /** A reason why a value, of the right kind and known, is refused. */
  refuse?(value: PropertyValue): string | undefined;
}

export type Schema = Record<string, Field>;

/** Lists the inputs of an object that were not given but filled in. */
export const DEFAULTS_KEY = "__defaults";

/** Absent, and every zero: Docker's API does not tell them apart, and so neither does a comparison. */
export function isZero(value: PropertyValue | undefined): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === "" || value === 0 || value === false;
}

/** Whether an input says something; to a property that Docker would choose, an empty list does not. */
export function isGiven(field: Field, value: PropertyValue | undefined): value is PropertyValue {
  if (value === undefined || value === null) return false;
  return !(field.computed && Array.isArray(value) && value.length === 0);
}

export function isKnown(value: PropertyValue | undefined): boolean {
  return value !== UNKNOWN;
}

/** `[]` where the value is not a list of objects. */
export function objectsOf(value: PropertyValue | undefined): PropertyMap[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function stringsOf(value: PropertyValue | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

export function stringMapOf(value: PropertyValue | undefined): Record<string, string> {
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, String(entry)])) : {};
}
