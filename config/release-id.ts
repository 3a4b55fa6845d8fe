import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical-json";
import type { ContainerSpec, Project } from "./project";
import type { ConfigValue, ReleaseConfig } from "./stack-config";

/** Hex digits of a release's name: 40 bits, of which a project keeps a handful. */
const LENGTH = 10;

/**
 * R, the name of a release: a hash over all that a project's containers run with and all that must switch together.
 *
 * `variables` are the project's own from the stack's configuration, secrets as ciphertext. What changes without a new
 * release is left out: domains, migration commands, smoke tests, key tables, response-time limits.
 */
export function releaseId(project: Project, release: ReleaseConfig, variables: Record<string, ConfigValue>): string {
  const content = {
    project: project.name,
    database: project.database,
    version: release.version,
    images: release.images,
    rotation: release.rotation ?? 0,
    variables: { ...project.variables.defaults, ...variables },
    containers: Object.fromEntries(project.containers.map((spec) => [spec.name, runsWith(spec)])),
  };
  return createHash("sha256").update(canonicalJson(content)).digest("hex").slice(0, LENGTH);
}

function runsWith(spec: ContainerSpec) {
  const { port, health, command, limits, readOnly } = spec;
  return {
    port,
    health,
    command,
    limits,
    readOnly,
    routes: spec.routes.toSorted(),
    tmpfs: spec.tmpfs.toSorted(),
    capabilities: spec.capabilities.toSorted(),
    volumes: Object.fromEntries(spec.volumes.map(({ path, name }) => [path, name])),
  };
}
