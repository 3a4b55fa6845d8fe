import { createHash } from "node:crypto";

/** The CLI whose states and texts this engine agrees with; it stands in what we write, so that any CLI reads it. */
export const PULUMI_VERSION = "v3.260.0";

/** One entry as the file has it: like `ResourceState`, with secrets as ciphertext. */
export type StoredResource = { urn: string; custom: boolean; type: string; [field: string]: unknown };

export interface StoredDeployment {
  manifest: { time: string; magic: string; version: string };
  secrets_providers?: { type: string; state?: { salt?: string } };
  resources?: StoredResource[];
  pending_operations?: { resource: StoredResource; type: string }[];
  metadata?: Record<string, unknown>;
  [other: string]: unknown;
}

/** What `stack export` prints and `stack import` takes. */
export interface ExportedDeployment {
  version: number;
  features?: string[];
  deployment: StoredDeployment;
}

/** The content of a checkpoint file. */
export interface StoredCheckpoint {
  version: number;
  features?: string[];
  checkpoint: { stack?: string; latest?: StoredDeployment; [other: string]: unknown };
}

export function newManifest(time: string): StoredDeployment["manifest"] {
  return { time, magic: magicOf(PULUMI_VERSION), version: PULUMI_VERSION };
}

/** Ties a state to the version that wrote it; an empty version has an empty magic. */
export function magicOf(version: string): string {
  return version === "" ? "" : createHash("sha256").update(version).digest("hex");
}

/** Fields whose mere presence makes a file version 4, and what that version calls them. */
const FEATURES: Record<string, string> = {
  resourceHooks: "hooks",
  replaceWith: "replaceWith",
  taint: "taint",
  refreshBeforeUpdate: "refreshBeforeUpdate",
  viewOf: "views",
};
/** Those that a run heeds; of the others it would lose what the program does not register again in the same words. */
const HEEDED_FEATURES = new Set(["replaceWith"]);

export function featuresOf(resources: Iterable<Record<string, unknown>>): string[] {
  const found = new Set<string>();
  for (const resource of resources) {
    for (const field in FEATURES) {
      if (resource[field]) found.add(FEATURES[field] as string);
    }
  }
  return [...found].sort();
}

/** Throws when the file asks for something that this engine would lose on the next write. */
export function refuseUnknownVersion(stack: string, file: { version: number; features?: string[] }): void {
  if (!(file.version >= 1 && file.version <= 4)) {
    throw new Error(
      `the stack '${stack}' is newer than what this version of the Pulumi CLI understands. Please update your version of the Pulumi CLI`,
    );
  }
  if (file.version < 3) {
    throw new Error(
      `the state of stack '${stack}' has version ${file.version}; this engine reads 3 and 4. Use Pulumi's CLI for this (SLIPWAY_ENGINE=official)`,
    );
  }
  const unknown = (file.features ?? []).filter((feature) => !HEEDED_FEATURES.has(feature));
  if (unknown.length > 0) {
    throw new Error(
      `the state of stack '${stack}' needs support for the following features: ${unknown.join(", ")}. Use Pulumi's CLI for this (SLIPWAY_ENGINE=official)`,
    );
  }
}
