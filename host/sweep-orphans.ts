import { docker } from "./docker";
import type { ContainerRef } from "./requests";

/**
 * Removes containers that carry these labels of a release and are none of its known ones: a run that was killed while
 * it created them never told anybody, and the next one made others. Returns their names.
 */
export async function sweepOrphans(labels: Record<string, string>, known: ContainerRef[]): Promise<string[]> {
  const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  const ids = new Set(known.map(({ id }) => id));
  const found = await docker().listContainers({ all: true, filters: { label } });
  const orphans = found.filter(({ Id }) => !ids.has(Id));
  await Promise.all(
    orphans.map(({ Id }) => docker().getContainer(Id).remove({ force: true, v: true }).catch(ignoreGone)),
  );
  return orphans.map(({ Names, Id }) => Names[0]?.slice(1) ?? Id);
}

function ignoreGone(error: { statusCode?: number }): void {
  const isGoing = error.statusCode === 404 || error.statusCode === 409;
  if (!isGoing) throw error;
}
