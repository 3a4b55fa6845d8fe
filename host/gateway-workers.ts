import { acceptingWorkers, gatewayWorkers } from "./change-gateway";

/** Pauses between two looks at the gateway's workers, in milliseconds. */
const LOOK_EVERY_MS = 50;
const SOON_MS = 10;

/**
 * Waits until none of these workers of the gateway is left: then no request runs under the configuration that they had.
 * Resolves with whether they are gone within the time.
 */
export async function untilWorkersGone(container: string, workers: number[], seconds: number): Promise<boolean> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const alive = workers.length > 0 ? await gatewayWorkers(container).catch(() => []) : [];
    if (!workers.some((pid) => alive.includes(pid))) return true;
    if (Date.now() > deadline) return false;
    await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
  }
}

/**
 * Waits until none of these workers of the gateway accepts connections: nginx has both generations do so for a moment.
 * Resolves with whether that is so within the time.
 */
export async function untilNoneAccepts(container: string, workers: number[], seconds: number): Promise<boolean> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    // One look that fails is as good as one that saw them.
    const accepting = workers.length > 0 ? await acceptingWorkers(container).catch(() => workers) : [];
    if (!workers.some((pid) => accepting.includes(pid))) return true;
    if (Date.now() > deadline) return false;
    await new Promise((done) => setTimeout(done, SOON_MS));
  }
}
