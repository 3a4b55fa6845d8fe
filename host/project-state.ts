import type { RecordedRelease } from "../config/stack-config";
import { recorded } from "./conclude";
import { platformDescription } from "./description";
import { type Failure, lastFailure } from "./failure";
import type { Layout } from "./layout";
import { withLock } from "./lock";
import { isSuccess, readManifest } from "./manifest";
import { type Held, type LiveRelease, readRecord } from "./record";
import type { GatewayRef } from "./requests";
import { readWatch, type Watch } from "./watch/watch-file";

/** What a command beside the program learns of a project before it decides. */
export interface ProjectState {
  project: string;
  live?: NamedRelease;
  standby?: NamedRelease;
  held?: Held;
  /** A switch was begun, and is neither confirmed nor taken back: the next rollout settles it, of whatever release. */
  isSwitching?: boolean;
  watch?: Watch;
  failure?: Failure;
  /** What it ran before, newest first, each release once. */
  past: NamedRelease[];
  /** Where the gateway listens now; not there before the first `up`. */
  gateway?: GatewayRef;
}

export interface StateRequest {
  project: string;
  /** Waits for a command that works on the project on this host, so long at most. Default: nothing is waited for. */
  settledWithinSeconds?: number;
}

export interface NamedRelease extends RecordedRelease {
  release: string;
}

/** Throws `LockedError` where it does not settle in time. */
export async function projectState(layout: Layout, request: StateRequest): Promise<ProjectState> {
  const { project, settledWithinSeconds } = request;
  if (settledWithinSeconds === undefined) return stateOf(layout, project);
  return withLock(layout.project(project), `look at ${project}`, settledWithinSeconds, () => stateOf(layout, project));
}

async function stateOf(layout: Layout, project: string): Promise<ProjectState> {
  const [{ live, standby, held, switching }, manifest, watch, failure, platform] = await Promise.all([
    readRecord(layout, project),
    readManifest(layout, project),
    readWatch(layout, project),
    lastFailure(layout, project),
    platformDescription(layout).catch(() => undefined),
  ]);
  const past = new Map<string, NamedRelease>();
  for (const one of manifest.deployment_history) {
    if (isSuccess(one) && !past.has(one.release)) past.set(one.release, { ...one.config, release: one.release });
  }
  return {
    project,
    ...(live && { live: named(live) }),
    ...(standby && { standby: named(standby) }),
    ...(held && { held }),
    ...(switching && { isSwitching: true }),
    ...(watch && { watch }),
    ...(failure && { failure }),
    past: [...past.values()],
    ...(platform && { gateway: platform.gateway }),
  };
}

function named(release: LiveRelease): NamedRelease {
  return { ...recorded(release), release: release.release };
}
