import { onEndSignals, signalName } from "../terminal/end-signals";

/** Exit code of a command that Ctrl-C or SIGTERM ended, as of a shell. */
export const INTERRUPTED = 130;

const stop = new AbortController();

/** Aborted by the first Ctrl-C or SIGTERM: what can be left without harm ends, and is cleaned up after. */
export const stopped: AbortSignal = stop.signal;

/** What was going on is given up because somebody wants it. */
export class InterruptedError extends Error {
  constructor() {
    super("interrupted");
    this.name = "InterruptedError";
  }
}

/**
 * Listens until it is disposed of. `say` gets what the first one does; the second ends this process at once, and what it
 * leaves is found and tidied by the next run.
 */
export function listenForInterrupts(say: (text: string) => void): Disposable {
  return onEndSignals((signal) => {
    if (stopped.aborted) process.exit(INTERRUPTED);
    const again = signal === "SIGINT" ? "press ^C again" : `send ${signal} again`;
    say(`${signalName(signal)} received; stopping, and tidying up what is half made. To stop at once, ${again}`);
    stop.abort();
  });
}
