import type { Log } from "../../host/log";
import { INTERRUPTED, onEndSignals, signalName } from "../../terminal/end-signals";

/** Whether the configuration, or what serves, may differ from before the command. */
let isChanging = false;

/** From now on a Ctrl-C is no reason to leave everything as it stands. */
export function changesBegin(): void {
  isChanging = true;
}

const stop = new AbortController();

/** Aborted by the first Ctrl-C or SIGTERM. */
export const stopped: AbortSignal = stop.signal;

/** Listens for Ctrl-C and SIGTERM until it is disposed of. */
export interface Interruption extends Disposable {
  readonly isStopped: boolean;
}

/**
 * What the signals mean to a command around its runs of the engine, which listens itself and says so: before the first
 * change the command ends at once; later the first one lets the step at hand end, and what it began is taken back; the
 * second one ends everything. `atOnce`: before the process ends without a change.
 */
export function listenForInterrupts(log: Log, atOnce: () => void): Interruption {
  let count = 0;
  const listening = onEndSignals((signal) => {
    count++;
    stop.abort();
    const isRunning = process.listenerCount(signal) > 1;
    if (!isChanging) {
      log.error(`${signalName(signal)} received; nothing was changed`);
      atOnce();
      process.exit(INTERRUPTED);
    }
    if (isRunning) return;
    if (count > 1) process.exit(INTERRUPTED);
    log.warn(`${signalName(signal)} received; ending the step at hand. Once more stops at once`);
  });
  return {
    get isStopped() {
      return count > 0;
    },
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}
