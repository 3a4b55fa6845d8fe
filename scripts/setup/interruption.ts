import { CommandError } from "../../engine/exit-code";
import { INTERRUPTED, onEndSignals, signalName } from "../../terminal/end-signals";
import type { Progress } from "./progress";

/** Somebody wants the end of a setup; what it had made is kept. */
export class InterruptedError extends CommandError {
  override name = "InterruptedError";

  constructor() {
    super("setup was interrupted; the next one goes on with what is made already", INTERRUPTED);
  }
}

const stop = new AbortController();

/** Aborted by the first Ctrl-C or SIGTERM of a setup. */
export const stopped: AbortSignal = stop.signal;

const interrupted = new Promise<never>((_, fail) => {
  stopped.addEventListener("abort", () => fail(new InterruptedError()));
});
interrupted.catch(() => undefined); // Of whoever waits for something.

/** What a work gives, or the wish for the end; then the work is left to itself, until the process ends. */
export function unlessStopped<T>(work: Promise<T>): Promise<T> {
  return Promise.race([work, interrupted]);
}

export function throwIfStopped(): void {
  if (stopped.aborted) throw new InterruptedError();
}

/** Listens until it is disposed of. The first signal ends a setup once it has tidied up, the second one at once. */
export function listenForInterrupts(progress: Progress): Disposable {
  return onEndSignals((signal) => {
    if (stopped.aborted) process.exit(INTERRUPTED);
    const again = signal === "SIGINT" ? "press ^C again" : "send SIGTERM again";
    progress.line(
      `${signalName(signal)} received; stopping, and tidying up what is half made. To stop at once, ${again}`,
    );
    stop.abort();
  });
}
