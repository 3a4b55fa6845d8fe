import type { LiveRelease } from "./record";
import type { ReleaseContainer } from "./requests";
import { startWorkers, stopWorkers, workersOf } from "./workers";

/**
 * Ends the workers among other releases' containers, then has this one's work: never do two releases' at once (MT-23).
 * Rejects where one of this release's does not become healthy; `takeBackWorkers` then brings the live one's back.
 */
export async function handOverWorkers(
  to: ReleaseContainer[],
  others: ReleaseContainer[],
  network: string,
): Promise<void> {
  const ids = new Set(to.map(({ id }) => id));
  await stopWorkers(others.filter(({ id }) => !ids.has(id)));
  await startWorkers(to, network);
}

/** The opposite; `live`: the release whose workers are to work, if any. */
export async function takeBackWorkers(
  from: ReleaseContainer[],
  live: LiveRelease | undefined,
  network: string,
): Promise<void> {
  const ids = new Set(live?.containers.map(({ id }) => id));
  await stopWorkers(from.filter(({ id }) => !ids.has(id)));
  if (live) await startWorkers(live.containers, network);
}

/** Traffic is where it should be, and the workers of the release there do not work. */
export class WorkersError extends Error {
  constructor(
    /** Docker's names. */
    readonly workers: string[],
    cause: Error & { statusCode?: number },
  ) {
    super(`its workers do not work: ${cause.message}`, { cause });
    this.name = "WorkersError";
  }
}

export interface HandOver {
  /** The release that has the traffic. */
  live: LiveRelease;
  /** Containers of the one that had it, and of whichever may work beside it. */
  from: ReleaseContainer[];
  network: string;
}

/**
 * After a switch: the workers of the release that has the traffic work, those of the other do not, whatever becomes of
 * theirs. Rejects with `WorkersError`.
 */
export async function haveWorkersFollow({ live, from, network }: HandOver): Promise<void> {
  try {
    await takeBackWorkers(from, live, network);
  } catch (cause) {
    throw new WorkersError(
      workersOf(live.containers).map(({ name }) => name),
      cause as Error,
    );
  }
}
