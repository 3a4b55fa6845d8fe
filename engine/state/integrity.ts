import { magicOf, type StoredDeployment, type StoredResource } from "./deployment-file";

/**
 * What a state must fulfil (pkg/resource/deploy/snapshot.go): every entry has a URN and a type, only custom ones have
 * an id, and whatever an entry refers to stands before it. Returns one line per violation.
 */
export function integrityViolations(deployment: StoredDeployment): string[] {
  const violations: string[] = [];
  const { magic = "", version = "" } = deployment.manifest ?? {};
  if (magic !== magicOf(version)) violations.push("the manifest's magic does not belong to its version");

  const seen = new Set<string>();
  const references = new Set<string>();
  const live = new Set<string>();
  for (const entry of deployment.resources ?? []) {
    violations.push(...violationsOf(entry, seen, references));
    if (!entry.delete) {
      if (live.has(entry.urn)) violations.push(`duplicate resource ${entry.urn} (not marked for deletion)`);
      live.add(entry.urn);
    }
    seen.add(entry.urn);
    if (entry.custom) references.add(`${entry.urn}::${entry.id ?? ""}`);
  }
  return violations;
}

function violationsOf(entry: StoredResource, seen: Set<string>, references: Set<string>): string[] {
  const violations: string[] = [];
  if (!entry.urn || !entry.type) return [`resource ${entry.urn || "without a URN"} lacks a URN or a type`];
  if (!entry.custom && entry.id) violations.push(`component ${entry.urn} has an id`);

  const provider = entry.provider as string | undefined;
  if (provider && !entry.pendingReplacement && !references.has(provider)) {
    violations.push(`resource ${entry.urn} refers to unknown provider ${provider}`);
  }
  const parent = entry.parent as string | undefined;
  if (parent && !seen.has(parent)) {
    violations.push(`child resource ${entry.urn} refers to missing parent ${parent}`);
  }
  for (const dependency of dependenciesOf(entry)) {
    if (!seen.has(dependency)) violations.push(`resource ${entry.urn} refers to missing dependency ${dependency}`);
  }
  return violations;
}

function dependenciesOf(entry: StoredResource): Set<string> {
  const byProperty = (entry.propertyDependencies ?? {}) as Record<string, string[] | null>;
  return new Set([
    ...((entry.dependencies ?? []) as string[]),
    ...Object.values(byProperty).flatMap((urns) => urns ?? []),
    ...(entry.deletedWith ? [entry.deletedWith as string] : []),
    ...((entry.replaceWith ?? []) as string[]),
  ]);
}
