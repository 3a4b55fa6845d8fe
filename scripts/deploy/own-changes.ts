import type { EngineEvent } from "../../engine/events";
import type { Only } from "../../engine/index";
import type { StackContext } from "./stack-context";

/** Operations that touch nothing. */
const QUIET = new Set(["same", "read", "refresh"]);

/** Changes of one project alone: what else the configuration asks for waits for an `up`, and takes nothing along. */
export function ownChanges({ model }: StackContext, project: string): Only {
  const names = model.projects.map(({ name }) => name);
  return { owns: (urn) => ownerOf(nameOf(urn), names) === project };
}

/** The same; a change of anything else ends the deploy before it is made, so that nobody is surprised by half of it. */
export function nothingButOwnChanges(context: StackContext, project: string): Only & { hasRefused: boolean } {
  return {
    ...ownChanges(context, project),
    hasRefused: false,
    refusal(op, urn) {
      this.hasRefused = true;
      return (
        `a deploy of ${project} would also touch what is not its own: ${op} ${nameOf(urn)}; see all of it with ` +
        `slipway preview, and apply that first: slipway up --stack ${context.stack}`
      );
    },
  };
}

/** Whether a plan touches anything at all. Components are entries of the state only. */
export function touchesNothing(events: EngineEvent[]): boolean {
  return !events.some((event) => {
    if (event.kind !== "resourcePre") return false;
    const { op, type } = event.metadata;
    return !QUIET.has(op) && !type.startsWith("slipway:") && !type.startsWith("pulumi:");
  });
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) as string;
}

/** Names of a project's resources begin with its name, the longest of the known ones. */
function ownerOf(resource: string, projects: string[]): string | undefined {
  const owners = projects.filter((project) => resource === project || resource.startsWith(`${project}-`));
  return owners.sort((a, b) => b.length - a.length)[0];
}
