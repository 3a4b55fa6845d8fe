/**
 * Property values as they travel and as the state keeps them: JSON, with objects that carry the signature key for
 * what JSON lacks. Keys and signatures are Pulumi's (sdk/go/common/resource/plugin/rpc.go).
 */

export type PropertyValue = null | boolean | number | string | PropertyValue[] | { [key: string]: PropertyValue };
export type PropertyMap = { [key: string]: PropertyValue };

export const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
export const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
export const OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
export const RESOURCE_SIGNATURE = "5cf8f73096256a8f31e491e813e4eb8e";
export const ASSET_SIGNATURE = "c44067f5952c0a294b673a41bacd8c17";
export const ARCHIVE_SIGNATURE = "0def7320c3a5731c473e5ecbe6d01bc7";

/** Stands for a value that is known only after the resource exists; seen in previews. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export type SpecialValue = { [SIGNATURE_KEY]: string; [key: string]: PropertyValue };

export function isObject(value: PropertyValue | undefined): value is PropertyMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function signatureOf(value: PropertyValue | undefined): string | undefined {
  const signature = isObject(value) ? value[SIGNATURE_KEY] : undefined;
  return typeof signature === "string" ? signature : undefined;
}

export function secret(value: PropertyValue): PropertyValue {
  return signatureOf(value) === SECRET_SIGNATURE ? value : { [SIGNATURE_KEY]: SECRET_SIGNATURE, value };
}

export function isSecret(value: PropertyValue | undefined): value is { value: PropertyValue } & SpecialValue {
  return signatureOf(value) === SECRET_SIGNATURE;
}

/** The value without any secret wrapper, at every depth. */
export function withoutSecrets<T extends PropertyValue>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutSecrets) as T;
  if (!isObject(value)) return value;
  if (isSecret(value)) return withoutSecrets(value.value) as T;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withoutSecrets(entry)])) as T;
}

export function containsSecret(value: PropertyValue | undefined): boolean {
  if (Array.isArray(value)) return value.some(containsSecret);
  if (!isObject(value)) return false;
  return isSecret(value) || Object.values(value).some(containsSecret);
}

export function containsUnknown(value: PropertyValue | undefined): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(containsUnknown);
  return isObject(value) && Object.values(value).some(containsUnknown);
}
