import { bytesText } from "../disk-space";
import { durationText } from "../duration-text";
import type { Log } from "../log";

/** Between two looks of a terminal's line, and between two lines of a log, in milliseconds. */
const REDRAW_MS = 200;
const FIRST_LINE_MS = 2_000;
const LINE_MS = 10_000;
/** What passed before it can be told how long the rest takes, in milliseconds. */
const ESTIMATE_MS = 1_000;

/**
 * Hands on the pieces of a file of `total` bytes, and tells how far it is: in a line that is redrawn on a terminal, and
 * in a line of the log now and then elsewhere, from the time on when one would wonder.
 */
export async function* withProgress(
  pieces: AsyncIterable<Buffer>,
  { log, what, total }: { log: Log; what: string; total: number },
  now: () => number = performance.now.bind(performance),
): AsyncGenerator<Buffer> {
  const began = now();
  let done = 0;
  let lineAt = began + FIRST_LINE_MS;
  let redrawAt = began;
  for await (const piece of pieces) {
    yield piece;
    done += piece.length;
    const at = now();
    if (at < redrawAt) continue;
    redrawAt = at + REDRAW_MS;
    const text = progressText(what, { done, total, elapsedMs: at - began });
    if (log.passing(text) || at < lineAt) continue;
    log.info(text);
    lineAt = at + LINE_MS;
  }
}

/** `shop: restoring: 120 MB of 1.2 GB (10 %), 27 s left` */
export function progressText(
  what: string,
  { done, total, elapsedMs }: { done: number; total: number; elapsedMs: number },
): string {
  const share = total > 0 ? Math.min(100, Math.floor((done / total) * 100)) : 100;
  const left = ((total - done) / done) * (elapsedMs / 1000);
  const estimate = elapsedMs >= ESTIMATE_MS && done > 0 && left > 0 ? `, ${durationText(Math.ceil(left))} left` : "";
  return `${what}: ${bytesText(done)} of ${bytesText(total)} (${share} %)${estimate}`;
}
