import { acceptingWorkers, gatewayWorkers } from "./change-gateway";

/** Pauses between two looks at the gateway's workers, in milliseconds. */
const LOOK_EVERY_MS = 50;
const SOON_MS = 10;

/** Docker's answers where a container is gone, or does not run. */
const WITHOUT_PROCESSES = [404, 409];

/**
 * Waits until none of these workers of the gateway is left: then no request runs under the configuration that they had.
 * Resolves with whether they are known to be gone within the time.
 */
export function untilWorkersGone(container: string, workers: number[], seconds: number): Promise<boolean> {
  const look = () =>
    gatewayWorkers(container).catch(({ statusCode = 0 }: { statusCode?: number }) =>
      WITHOUT_PROCESSES.includes(statusCode) ? [] : workers,
    );
  return untilNoneOf(workers, look, seconds, LOOK_EVERY_MS);
}

/** Waits until none of these workers accepts connections, at most so long: nginx has both generations do so for a moment. */
export async function untilNoneAccepts(container: string, workers: number[], seconds: number): Promise<void> {
  // One look that fails is as good as one that saw them.
  await untilNoneOf(workers, () => acceptingWorkers(container).catch(() => workers), seconds, SOON_MS);
}

async function untilNoneOf(
  workers: number[],
  look: () => Promise<number[]>,
  seconds: number,
  pauseMs: number,
): Promise<boolean> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const seen = workers.length > 0 ? await look() : [];
    if (!workers.some((pid) => seen.includes(pid))) return true;
    if (Date.now() > deadline) return false;
    await new Promise((done) => setTimeout(done, pauseMs));
  }
}
