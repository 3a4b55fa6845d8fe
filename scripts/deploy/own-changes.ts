import { PROJECT_TYPE } from "../../components/project/project-type";
import type { EngineEvent } from "../../engine/events";
import type { Only } from "../../engine/index";
import { parseUrn } from "../../engine/urn";

/** Operations that touch nothing. */
const QUIET = new Set(["same", "read", "refresh"]);

/**
 * Changes of one project alone: what else the configuration asks for waits for an `up`, and takes nothing along. Its own
 * is what its component has below it: names of resources begin with the project's, but so may another project's.
 */
export function ownChanges(project: string): Only {
  return {
    owns: (urn) => {
      const { type, name } = parseUrn(urn);
      return type === PROJECT_TYPE && name === project;
    },
  };
}

/** The same; a change of anything else ends the deploy before it is made, so that nobody is surprised by half of it. */
export function nothingButOwnChanges(stack: string, project: string): Only & { hasRefused: boolean } {
  return {
    ...ownChanges(project),
    hasRefused: false,
    refusal(op, urn) {
      this.hasRefused = true;
      return (
        `a deploy of ${project} would also touch what is not its own: ${op} ${parseUrn(urn).name}; see all of it with ` +
        `slipway preview, and apply that first: slipway up --stack ${stack}`
      );
    },
  };
}

/**
 * Whether a plan touches anything of a project: what else waits for an `up` is none of its. Components are entries of the
 * state only.
 */
export function touchesNothing(events: EngineEvent[], project: string): boolean {
  const { owns } = ownChanges(project);
  const steps = events.flatMap((event) => (event.kind === "resourcePre" ? [event.metadata] : []));
  const parents = new Map(steps.map(({ urn, old, new: wanted }) => [urn, (wanted ?? old)?.parent]));
  const isOwn = (urn: string | undefined): boolean =>
    urn !== undefined && urn !== "" && (owns(urn) || isOwn(parents.get(urn)));
  return !steps.some(
    ({ op, type, urn }) => !QUIET.has(op) && !type.startsWith("slipway:") && !type.startsWith("pulumi:") && isOwn(urn),
  );
}
