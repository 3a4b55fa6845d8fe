import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  ARCHIVE_SIGNATURE,
  ASSET_SIGNATURE,
  isObject,
  type PropertyMap,
  type PropertyValue,
  signatureOf,
} from "../property-value";
import { UnsupportedError } from "./unsupported";

/** Of the SDK's own objects; not part of an asset. */
const SDK_MARKS = new Set(["__pulumiAsset", "__pulumiArchive"]);

/**
 * Values with the hash of every asset that has none: assets are compared by it. Paths are relative to `directory`. Throws
 * for a file that cannot be read, and for archives of folders, of other assets and from the network.
 */
export function withAssetHashes<T extends PropertyValue>(value: T, directory: string): T {
  if (Array.isArray(value)) return value.map((entry) => withAssetHashes(entry, directory)) as T;
  if (!isObject(value)) return value;
  const signature = signatureOf(value);
  if (signature === ASSET_SIGNATURE || signature === ARCHIVE_SIGNATURE) return hashed(value, directory) as T;
  const result: PropertyMap = {};
  for (const key in value) result[key] = withAssetHashes(value[key] as PropertyValue, directory);
  return result as T;
}

function hashed(asset: PropertyMap, directory: string): PropertyMap {
  const entries = Object.entries(asset).filter(([key, value]) => !SDK_MARKS.has(key) && value !== null);
  const plain = Object.fromEntries(entries);
  if (typeof plain.hash === "string" && plain.hash !== "") return plain;
  return { ...plain, hash: createHash("sha256").update(contentOf(plain, directory)).digest("hex") };
}

function contentOf({ text, path }: PropertyMap, directory: string): Buffer | string {
  if (typeof text === "string") return text;
  if (typeof path !== "string") throw new UnsupportedError("an asset from the network or an archive made of assets");
  const file = resolve(directory, path);
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EISDIR")
      throw new UnsupportedError(`an archive of a folder (${file})`);
    throw error;
  }
}
