import type Docker from "dockerode";
import { docker } from "./docker";
import type { Log } from "./log";
import type { ContainerRef, RolloutRequest } from "./requests";

/** Age from which a container that was made and not started is nobody's: both are milliseconds apart, in seconds. */
const NEVER_STARTED_SECONDS = 10;

/** Both, after a rollout: the release serves, so what cannot be removed beside it is a warning. */
export async function sweepLeftovers(
  log: Log,
  { project, labels, containers }: Pick<RolloutRequest, "project" | "labels" | "containers">,
): Promise<void> {
  try {
    const orphans = [...(await sweepOrphans(labels, containers)), ...(await sweepMigrations(labels))];
    if (orphans.length > 0) log.info(`${project}: removed what a killed run had left: ${orphans.join(", ")}`);
  } catch (error) {
    const why = (error as Error).message;
    log.warn(`${project}: what a killed run may have left could not be removed: ${why}; the next rollout tries again`);
  }
}

/**
 * Removes containers that carry these labels of a release and are none of its known ones: a run that was killed while
 * it created them never told anybody, and the next one made others. Returns their names.
 */
export async function sweepOrphans(labels: Record<string, string>, known: ContainerRef[]): Promise<string[]> {
  const ids = new Set(known.map(({ id }) => id));
  const found = await docker().listContainers({ all: true, filters: { label: filter(labels) } });
  return removeAll(found.filter(({ Id }) => !ids.has(Id)));
}

/**
 * The same for containers of a project's migrations, of whatever release, that a run was killed before it started: Docker
 * removes one by itself only when it has ended. One that runs is left to the next migration, which waits for it.
 */
export async function sweepMigrations(
  { "slipway.release": _, ...ofProject }: Record<string, string>,
  now = new Date(),
): Promise<string[]> {
  const label = filter({ ...ofProject, "slipway.service": "migrate" });
  const found = await docker().listContainers({ all: true, filters: { label, status: ["created"] } });
  return removeAll(found.filter(({ Created }) => now.getTime() / 1000 - Created > NEVER_STARTED_SECONDS));
}

function filter(labels: Record<string, string>): string[] {
  return Object.entries(labels).map(([name, value]) => `${name}=${value}`);
}

async function removeAll(orphans: Docker.ContainerInfo[]): Promise<string[]> {
  await Promise.all(
    orphans.map(({ Id }) => docker().getContainer(Id).remove({ force: true, v: true }).catch(ignoreGone)),
  );
  return orphans.map(({ Names, Id }) => Names[0]?.slice(1) ?? Id);
}

function ignoreGone(error: { statusCode?: number }): void {
  const isGoing = error.statusCode === 404 || error.statusCode === 409;
  if (!isGoing) throw error;
}
