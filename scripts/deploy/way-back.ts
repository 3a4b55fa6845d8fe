import type { ReleaseConfig } from "../../config/stack-config";
import type { NamedRelease, ProjectState } from "../../host/project-state";
import { apply } from "./apply";
import { ownChanges } from "./own-changes";
import type { ReleaseEntry } from "./release-entry";
import type { StackContext } from "./stack-context";

/** Takes back what a failed command wrote into the stack's file; once more where the state `after` it is known. */
export type WayBack = (after?: ProjectState) => Promise<void>;

/**
 * How a failed command takes back what it wrote into the stack's file. The file can name a release that does not serve:
 * one that a killed deploy left there, or one that the host has taken traffic from. What serves is what a failure goes
 * back to then, lest the next `up` sends traffic to what it was taken from; the file stays as it was only while the host
 * still holds traffic away from that. `configured`: the release that the file named, its id. `target`: that of the
 * command; where it has kept its traffic, what served `before` it is what to go back to. With all that it ran with, lest
 * the next `up` deploys an edit of `projects.yml` that has just failed; `fallback` tells the next deploy, which finds the
 * images of containers that are new where the file had them: `places`.
 */
export function wayBack(
  entry: ReleaseEntry,
  before: ProjectState,
  configured: string | undefined,
  target: string,
  places?: Record<string, string>,
): WayBack {
  return async (after = before) => {
    const state = after.live?.release === target ? before : after;
    const { live } = state;
    // The host's own way back forgets what stood by; its containers are there.
    const { standby } = live?.release === before.live?.release ? before : state;
    const isHeldAway =
      state === after && !after.isSwitching && configured !== target && after.held?.from === configured;
    if (!live || configured === undefined || isHeldAway || [configured, target].includes(live.release)) {
      return entry.restore();
    }
    const releases = { live: withPlaces(withoutName(live), places), ...(standby && { standby: withoutName(standby) }) };
    return entry.write({ ...releases, fallback: true });
  };
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

/** Beside its own images a release with a snapshot may name where those of newer containers are. */
export function withPlaces<R extends ReleaseConfig>(release: R, places: Record<string, string> = {}): R {
  return { ...release, images: { ...places, ...release.images } };
}

export function withoutName({ release: _, ...config }: NamedRelease) {
  return config;
}
