import { createHash } from "node:crypto";
import {
  type Comparison,
  type Difference,
  differences,
  isJsonObject,
  type Json,
  type JsonObject,
  PLAIN_SECRET,
  unorderedDifferences,
} from "./difference";
import { decrypter, withPlainSecrets } from "./recorded-secrets";

/**
 * Times, source positions, what only the bridge of the official plugins keeps, how the command plugin was built, and
 * connections, which are in no record.
 */
export const incomparable: ReadonlySet<string> = new Set([
  "created",
  "modified",
  "sourcePosition",
  "stackTrace",
  "__pulumi_raw_state_delta",
  "__pulumi-go-provider-version",
  "connection",
]);

/**
 * Compares two deployments (`stack export`'s `deployment`, a checkpoint's `latest`): the same resources with the same
 * values, secrets decrypted, and every resource after what it refers to. Beyond that their order is that of completion.
 */
export function deploymentDifferences(
  expected: Json,
  got: Json,
  passphrase: string,
  comparison: Comparison,
): Difference[] {
  if (!isJsonObject(expected) || !isJsonObject(got)) return differences(expected, got, comparison, "deployment");
  const [recorded, own] = [plain(expected, passphrase), plain(got, passphrase)];
  const known = { ...comparison, ignoredKeys: incomparable, randomValues: randomValues(own, comparison) };
  const { resources: recordedResources, pending_operations: recordedPending, ...recordedRest } = recorded;
  const { resources: ownResources, pending_operations: ownPending, ...ownRest } = own;
  return [
    ...differences(withoutOrigin(recordedRest), withoutOrigin(ownRest), known, "deployment"),
    ...differences(byName(recordedResources), byName(ownResources), known, "resources"),
    ...unorderedDifferences(entries(recordedPending), entries(ownPending), known, "pending_operations"),
    ...manifestDifferences(got.manifest),
    ...orderDifferences(entries(ownResources)),
  ];
}

function plain(deployment: JsonObject, passphrase: string): JsonObject {
  const salt = (deployment.secrets_providers as { state?: { salt?: string } } | undefined)?.state?.salt;
  if (salt === undefined) return deployment;
  return withPlainSecrets(deployment, (text) => decrypter(salt, passphrase)(text)) as JsonObject;
}

/** Which engine wrote it, when, and the salt: other on each run, and checked by themselves. */
function withoutOrigin({ manifest: _, secrets_providers, ...rest }: JsonObject): JsonObject {
  const { type = null } = (secrets_providers ?? {}) as JsonObject;
  return { ...rest, secrets_providers: type };
}

/** Pulumi refuses a state whose magic is not the hash of its version. */
function manifestDifferences(manifest: Json | undefined): Difference[] {
  const { version = "", magic = "" } = (manifest ?? {}) as { version?: string; magic?: string };
  const expected = version === "" ? "" : createHash("sha256").update(version).digest("hex");
  return magic === expected ? [] : [{ path: "deployment.manifest.magic", expected, got: magic }];
}

function entries(list: Json | undefined): JsonObject[] {
  return Array.isArray(list) ? (list as JsonObject[]) : [];
}

function byName(list: Json | undefined): JsonObject {
  const named: JsonObject = {};
  for (const entry of entries(list)) {
    const name = `${String(entry.urn)}${entry.delete ? " (to be deleted)" : ""}`;
    let unique = name;
    for (let n = 2; named[unique] !== undefined; n++) unique = `${name} #${n}`;
    named[unique] = withSortedDependencies(entry);
  }
  return named;
}

/** Dependencies are sets: what the SDK found first comes first. */
export function withSortedDependencies(entry: JsonObject): JsonObject {
  const sorted = (list: Json | undefined) => (Array.isArray(list) ? [...list].sort() : list);
  const { dependencies, propertyDependencies } = entry;
  return {
    ...entry,
    ...(dependencies ? { dependencies: sorted(dependencies) ?? [] } : {}),
    ...(isJsonObject(propertyDependencies)
      ? {
          propertyDependencies: Object.fromEntries(
            Object.entries(propertyDependencies).map(([key, list]) => [key, sorted(list) ?? []]),
          ),
        }
      : {}),
  };
}

function orderDifferences(resources: readonly JsonObject[]): Difference[] {
  const seen = new Set<string>();
  const found: Difference[] = [];
  for (const resource of resources) {
    for (const needed of references(resource)) {
      if (!seen.has(needed))
        found.push({ path: `resources.${String(resource.urn)}`, expected: `after ${needed}`, got: "before it" });
    }
    seen.add(String(resource.urn));
  }
  return found;
}

/** URNs of everything that an entry of a state refers to. */
export function references(resource: JsonObject): string[] {
  const { parent, provider, dependencies, propertyDependencies } = resource as {
    parent?: string;
    provider?: string;
    dependencies?: string[];
    propertyDependencies?: { [key: string]: string[] };
  };
  return [
    ...(parent ? [parent] : []),
    ...(provider ? [provider.slice(0, provider.lastIndexOf("::"))] : []),
    ...(dependencies ?? []),
    ...Object.values(propertyDependencies ?? {}).flat(),
  ];
}

/** What `random:*` resources of this run drew, and what is already known to be random. */
function randomValues(own: JsonObject, { bindings }: Comparison): string[] {
  const drawn = entries(own.resources)
    .filter(({ type }) => String(type).startsWith("random:"))
    .flatMap(({ id, outputs }) => [id, ...Object.values((outputs ?? {}) as JsonObject)])
    .map((value) => (isJsonObject(value) ? value[PLAIN_SECRET] : value))
    .filter((value): value is string => typeof value === "string" && value.length > 5);
  return [...drawn, ...bindings.valuesOfKind("RAND")].sort((a, b) => b.length - a.length);
}
