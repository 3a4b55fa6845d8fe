import type { EngineEvent } from "../../engine/events";

/** Operations that touch nothing. */
const QUIET = new Set(["same", "read", "refresh"]);

/**
 * Steps of a plan that are not the project's own, as `op name`. Components are entries of the state only; names of a
 * project's resources begin with its name, the longest of the known ones.
 */
export function foreignSteps(events: EngineEvent[], project: string, projects: string[]): string[] {
  return events.flatMap((event) => {
    if (event.kind !== "resourcePre") return [];
    const { op, urn, type } = event.metadata;
    if (QUIET.has(op) || type.startsWith("slipway:") || type.startsWith("pulumi:")) return [];
    const name = urn.split("::").at(-1) as string;
    return ownerOf(name, projects) === project ? [] : [`${op} ${name}`];
  });
}

function ownerOf(resource: string, projects: string[]): string | undefined {
  const owners = projects.filter((project) => resource === project || resource.startsWith(`${project}-`));
  return owners.sort((a, b) => b.length - a.length)[0];
}
