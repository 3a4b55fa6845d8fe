import { INTERRUPTED, onEndSignals, signalName } from "../terminal/end-signals";
import { outliveReaders } from "../terminal/readers";

const stop = new AbortController();

/**
 * Aborted by the first Ctrl-C or SIGTERM, or when nobody listens any more: what can be left without harm ends, and is
 * cleaned up after.
 */
export const stopped: AbortSignal = stop.signal;

/** What was going on is given up because somebody wants it. */
export class InterruptedError extends Error {
  constructor() {
    super("interrupted");
    this.name = "InterruptedError";
  }
}

/**
 * Before what is not given up half way: throws where somebody wants the end. What was written to a reader that vanished has
 * told so by then.
 */
export async function endHereIfStopped(): Promise<void> {
  await new Promise(setImmediate);
  if (stopped.aborted) throw new InterruptedError();
}

/**
 * Listens until it is disposed of. `say` gets what the first one does; the second ends this process at once, and what it
 * leaves is found and tidied by the next run. Whoever cuts the connection that a command was started over wants its end,
 * too.
 */
export function listenForInterrupts(say: (text: string) => void): Disposable {
  const readers = outliveReaders(() => stop.abort());
  let isFirst = true;
  const signals = onEndSignals((signal) => {
    if (!isFirst) process.exit(INTERRUPTED);
    isFirst = false;
    // A terminal that is closed fails what is written to it, and hangs up: one wish, told twice.
    if (stopped.aborted) return;
    const again = signal === "SIGINT" ? "press ^C again" : "send SIGTERM again";
    say(`${signalName(signal)} received; stopping, and tidying up what is half made. To stop at once, ${again}`);
    stop.abort();
  });
  return {
    [Symbol.dispose]: () => {
      readers[Symbol.dispose]();
      signals[Symbol.dispose]();
    },
  };
}
