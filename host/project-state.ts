import type { RecordedRelease } from "../config/stack-config";
import { recorded } from "./conclude";
import { type Failure, lastFailure } from "./failure";
import type { Layout } from "./layout";
import { isSuccess, readManifest } from "./manifest";
import { type Held, type LiveRelease, readRecord } from "./record";
import { readWatch, type Watch } from "./watch/watch-file";

/** What a command beside the program learns of a project before it decides. */
export interface ProjectState {
  project: string;
  live?: NamedRelease;
  standby?: NamedRelease;
  held?: Held;
  watch?: Watch;
  failure?: Failure;
  /** What it ran before, newest first, each release once. */
  past: NamedRelease[];
}

export interface NamedRelease extends RecordedRelease {
  release: string;
}

export async function projectState(layout: Layout, { project }: { project: string }): Promise<ProjectState> {
  const [{ live, standby, held }, manifest, watch, failure] = await Promise.all([
    readRecord(layout, project),
    readManifest(layout, project),
    readWatch(layout, project),
    lastFailure(layout, project),
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
    ...(watch && { watch }),
    ...(failure && { failure }),
    past: [...past.values()],
  };
}

function named(release: LiveRelease): NamedRelease {
  return { ...recorded(release), release: release.release };
}
