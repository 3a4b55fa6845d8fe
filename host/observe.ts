import { descriptionEpoch } from "./description";
import { fileEpoch } from "./file-epoch";
import { keepSettings } from "./handed-settings";
import type { Layout } from "./layout";
import { isLeftHeld } from "./left-held";
import { lockHolder } from "./lock";
import { epochOf, heldThere, type ProjectRecord, readRecord } from "./record";
import { refuseTakenHost } from "./refuse-taken-host";
import type { ObserveRequest, ProjectExpectation } from "./requests";
import { routesAreAsWritten } from "./route-paths";
import { sitePath } from "./site-domains";
import { readWatch, watchLock } from "./watch/watch-file";

/** What the program learns of a host before it decides: numbers for triggers, and what serves, for the preview. */
export interface Observation {
  /** Epoch of `nginx.conf`. */
  gateway: number;
  /** Of the platform's description, where there is one, see `descriptionEpoch`. */
  description?: number;
  projects: Record<string, ProjectObservation>;
}

export interface ProjectObservation {
  /** Epoch of the project's rollout, see `epochOf`. */
  rollout: number;
  /** Epoch of the project's own gateway file; the next one, too, where a killed command left its requests held. */
  site: number;
  /** Of the project's description, where there is one, see `descriptionEpoch`. */
  description?: number;
  live?: { release: string; version: string };
  /** Why traffic is held away from the release that the configuration calls live. */
  held?: string;
}

/**
 * Reads only files of this host, so it costs next to nothing in a preview; keeps `settings` where there are any. Throws
 * `TakenHostError`, so that a preview fails already.
 */
export async function observe(layout: Layout, wanted: ObserveRequest): Promise<Observation> {
  await refuseTakenHost(layout, wanted.stack);
  if (wanted.settings) await keepSettings(layout, wanted.settings);
  const entries = Object.entries(wanted.projects).map(
    async ([project, expected]) => [project, await observeProject(layout, project, expected)] as const,
  );
  const description = await descriptionEpoch(layout);
  return {
    gateway: await fileEpoch(layout, "nginx.conf", wanted.configSha256),
    ...(description !== undefined && { description }),
    projects: Object.fromEntries(await Promise.all(entries)),
  };
}

async function observeProject(
  layout: Layout,
  project: string,
  expected: ProjectExpectation,
): Promise<ProjectObservation> {
  const record = await readRecord(layout, project);
  const held = heldThere(record);
  const description = await descriptionEpoch(layout, project);
  return {
    rollout: epochOf(record, expected.release, {
      routesAreAsWritten: await routesAreAsWritten(layout, project, record),
      watchWasCutOff: await watchWasCutOff(layout, project, record),
    }),
    site:
      (await fileEpoch(layout, sitePath(project), expected.siteSha256)) + ((await isLeftHeld(layout, project)) ? 1 : 0),
    ...(description !== undefined && { description }),
    ...(record.live && { live: { release: record.live.release, version: record.live.version } }),
    ...(held?.from === expected.release && { held: held.text }),
  };
}

async function watchWasCutOff(layout: Layout, project: string, { live }: ProjectRecord): Promise<boolean> {
  const watch = await readWatch(layout, project);
  if (watch?.state !== "running" || watch.release !== live?.release) return false;
  return (await lockHolder(watchLock(layout, project))) === undefined;
}
