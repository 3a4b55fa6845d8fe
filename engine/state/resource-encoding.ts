import {
  isObject,
  isSecret,
  type PropertyValue,
  SECRET_SIGNATURE,
  SIGNATURE_KEY,
  signatureOf,
} from "../property-value";
import type { ResourceState } from "../state";
import type { StoredResource } from "./deployment-file";

/** Secrets of a state are the JSON text of their value, encrypted. */
export interface SecretText {
  encrypt(text: string, urn: string): string;
  decrypt(text: string, urn: string): string;
}

/** Fields in the order in which Pulumi writes them; the rest follows as it was read. */
const FIELD_ORDER = [
  ...["urn", "custom", "delete", "id", "type", "inputs", "outputs", "parent", "protect", "taint", "external"],
  ...["dependencies", "initErrors", "provider", "propertyDependencies", "pendingReplacement"],
  ...["additionalSecretOutputs", "aliases", "customTimeouts", "importID", "retainOnDelete", "deletedWith"],
  ...["replaceWith", "created", "modified", "sourcePosition", "stackTrace", "ignoreChanges", "hideDiff"],
  ...["replaceOnChanges", "replacementTrigger", "refreshBeforeUpdate", "viewOf", "resourceHooks"],
];
const ALWAYS_WRITTEN = new Set(["urn", "custom", "type"]);
const PROPERTY_FIELDS = new Set(["inputs", "outputs", "replacementTrigger"]);

/** A resource as the file has it: fields ordered, empty ones left out, secrets encrypted. */
export function encodeResource(resource: ResourceState, secrets: SecretText): StoredResource {
  const fields = resource as Record<string, unknown>;
  const stored: Record<string, unknown> = {};
  for (const name of new Set([...FIELD_ORDER, ...Object.keys(fields)])) {
    const value = fields[name];
    if (!ALWAYS_WRITTEN.has(name) && isEmpty(value)) continue;
    stored[name] = PROPERTY_FIELDS.has(name) ? seal(value as PropertyValue, resource.urn, secrets) : value;
  }
  if (stored.propertyDependencies) stored.propertyDependencies = sortKeys(stored.propertyDependencies as object);
  return stored as StoredResource;
}

/** The opposite: secrets with their plain value. */
export function decodeResource(stored: StoredResource, secrets: SecretText): ResourceState {
  const resource: Record<string, unknown> = { ...stored };
  for (const field of PROPERTY_FIELDS) {
    if (resource[field] !== undefined) resource[field] = open(resource[field] as PropertyValue, stored.urn, secrets);
  }
  return resource as unknown as ResourceState;
}

export function hasCiphertext(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasCiphertext);
  if (typeof value !== "object" || value === null) return false;
  const object = value as Record<string, unknown>;
  if (object[SIGNATURE_KEY] === SECRET_SIGNATURE) return typeof object.ciphertext === "string";
  return Object.values(object).some(hasCiphertext);
}

function seal(value: PropertyValue, urn: string, secrets: SecretText): PropertyValue {
  if (Array.isArray(value)) return value.map((entry) => seal(entry, urn, secrets));
  if (!isObject(value)) return value;
  if (isSecret(value)) {
    const ciphertext = secrets.encrypt(JSON.stringify(value.value), urn);
    return { [SIGNATURE_KEY]: SECRET_SIGNATURE, ciphertext };
  }
  const sealed: { [key: string]: PropertyValue } = {};
  for (const key of Object.keys(value).sort()) sealed[key] = seal(value[key] as PropertyValue, urn, secrets);
  return sealed;
}

function open(value: PropertyValue, urn: string, secrets: SecretText): PropertyValue {
  if (Array.isArray(value)) return value.map((entry) => open(entry, urn, secrets));
  if (!isObject(value)) return value;
  if (signatureOf(value) === SECRET_SIGNATURE) {
    const text = "ciphertext" in value ? secrets.decrypt(value.ciphertext as string, urn) : (value.plaintext as string);
    return { [SIGNATURE_KEY]: SECRET_SIGNATURE, value: JSON.parse(text) };
  }
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, open(entry, urn, secrets)]));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === "" || value === 0) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function sortKeys(value: object): object {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
