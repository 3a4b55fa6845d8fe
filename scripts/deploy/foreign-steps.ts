import type { EngineEvent } from "../../engine/events";

/** Operations that touch nothing. */
const QUIET = new Set(["same", "read", "refresh"]);

/**
 * Steps of a plan that are not the project's own, as `op name`. Components are entries of the state only; names of a
 * project's resources begin with its name, the longest of the known ones.
 */
export function foreignSteps(events: EngineEvent[], project: string, projects: string[]): string[] {
  const foreign = stepsOf(events).filter(({ name }) => ownerOf(name, projects) !== project);
  return foreign.map(({ op, name }) => `${op} ${name}`);
}

/** Whether a plan touches anything at all. */
export function touchesNothing(events: EngineEvent[]): boolean {
  return stepsOf(events).length === 0;
}

function stepsOf(events: EngineEvent[]): { op: string; name: string }[] {
  return events.flatMap((event) => {
    if (event.kind !== "resourcePre") return [];
    const { op, urn, type } = event.metadata;
    if (QUIET.has(op) || type.startsWith("slipway:") || type.startsWith("pulumi:")) return [];
    return [{ op, name: urn.split("::").at(-1) as string }];
  });
}

function ownerOf(resource: string, projects: string[]): string | undefined {
  const owners = projects.filter((project) => resource === project || resource.startsWith(`${project}-`));
  return owners.sort((a, b) => b.length - a.length)[0];
}
