import type { LiveRelease } from "./record";
import type { ReleaseContainer } from "./requests";
import { startWorkers, stopWorkers, workersOf } from "./workers";

/**
 * Ends the workers of other releases, then has this one's work: never do two releases' at once (MT-23). Rejects, with
 * the others' working again, where one of this release's does not become healthy.
 */
export async function handOverWorkers(
  to: ReleaseContainer[],
  others: (LiveRelease | undefined)[],
  network: string,
): Promise<void> {
  const ids = new Set(to.map(({ id }) => id));
  const before = others.flatMap((release) => release?.containers ?? []).filter(({ id }) => !ids.has(id));
  await stopWorkers(before);
  try {
    await startWorkers(to, network);
  } catch (error) {
    await takeBackWorkers(to, others, network);
    throw error;
  }
}

/** The opposite; `others` begins with the release whose workers are to work. */
export async function takeBackWorkers(
  from: ReleaseContainer[],
  [live]: (LiveRelease | undefined)[],
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
  /** The one that had it. */
  from: LiveRelease;
  network: string;
}

/**
 * After a switch: the workers of the release that has the traffic work, those of the other do not, whatever becomes of
 * theirs. Rejects with `WorkersError`.
 */
export async function haveWorkersFollow({ live, from, network }: HandOver): Promise<void> {
  try {
    await takeBackWorkers(from.containers, [live], network);
  } catch (cause) {
    throw new WorkersError(
      workersOf(live.containers).map(({ name }) => name),
      cause as Error,
    );
  }
}
