import { docker, startContainer } from "./docker";
import { untilHealthy } from "./probe";
import type { ReleaseContainer } from "./requests";

/** Containers without a port: what works by itself, and must do so in one release only (MT-23). */
export function workersOf(containers: ReleaseContainer[]): ReleaseContainer[] {
  return containers.filter(({ port }) => port === undefined);
}

/**
 * Has the workers among these containers work, and resolves when each is healthy. Those that work already are only
 * probed. Rejects with `UnhealthyError`; `stopWorkers` then takes back what was started.
 */
export async function startWorkers(containers: ReleaseContainer[], network: string): Promise<void> {
  await Promise.all(
    workersOf(containers).map(async (worker) => {
      const container = docker().getContainer(worker.id);
      const { State } = await container.inspect();
      if (State.Paused) await container.unpause();
      else if (!State.Running) await startContainer(worker.id);
      await untilHealthy(worker, network);
    }),
  );
}

/**
 * Has the workers among these containers end, and resolves when none works any more: each gets its stop signal and may
 * finish the job at hand, for as long as its container's stop timeout. One that does not run, or is gone, is fine.
 */
export async function stopWorkers(containers: ReleaseContainer[]): Promise<void> {
  await Promise.all(
    workersOf(containers).map(({ id }) => docker().getContainer(id).stop().catch(ignore(STOPPED_ALREADY, GONE))),
  );
}

const STOPPED_ALREADY = 304;
const GONE = 404;

function ignore(...statusCodes: number[]): (error: { statusCode?: number }) => void {
  return (error) => {
    if (!statusCodes.includes(error.statusCode ?? 0)) throw error;
  };
}
