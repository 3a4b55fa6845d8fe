import type { NamedRelease, ProjectState } from "../../host/project-state";
import { apply } from "./apply";
import { ownChanges } from "./own-changes";
import type { ReleaseEntry } from "./release-entry";
import type { StackContext } from "./stack-context";

/**
 * How a failed command takes back what it wrote into the stack's file. The file can name a release that does not serve:
 * one that a killed deploy left there, or the `target` itself, which the host has taken traffic from. What serves is what
 * a failure goes back to then. `configured`: the release that the file named, its id.
 */
export function wayBack(
  entry: ReleaseEntry,
  { live, standby, held }: ProjectState,
  configured: string | undefined,
  target: string,
): () => Promise<void> {
  const isHeldElsewhere = held !== undefined && held.from !== target;
  if (!live || configured === undefined || isHeldElsewhere || [configured, target].includes(live.release)) {
    return () => entry.restore();
  }
  return () => entry.write({ live: withoutName(live), ...(standby && { standby: withoutName(standby) }) });
}

/** With the configuration as before: an `up` that takes away what the release left. Says where it could not. */
export async function takeAway(context: StackContext, project: string, waitSeconds: number): Promise<boolean> {
  const { succeeded, error } = await apply(context, { waitSeconds, only: ownChanges(project) });
  if (succeeded) return true;
  context.log.error(
    `what the release left could not be taken away: ${error}; once that is mended: slipway up --stack ${context.stack}`,
  );
  return false;
}

export function withoutName({ release: _, ...config }: NamedRelease) {
  return config;
}
