import { onEndSignals, signalName } from "../../terminal/end-signals";

/** What a run listens to when the user wants it to end. */
export interface Interruption extends Disposable {
  /** First Ctrl-C or SIGTERM: nothing new starts, running steps finish. */
  readonly stop: AbortSignal;
  /** Second one: running steps are told to end, and soon not waited for. */
  readonly terminate: AbortSignal;
}

let isTerminated = false;

/** Whether something that a run of this process gave up may keep the process: a connection to an engine that hangs. */
export function wasTerminated(): boolean {
  return isTerminated;
}

/** Listens for Ctrl-C and SIGTERM until it is disposed of, and tells `say` what each of them does. */
export function listenForInterrupts(say: (text: string) => void): Interruption {
  const stop = new AbortController();
  const terminate = new AbortController();
  const listening = onEndSignals((signal) => {
    const key = signalName(signal);
    const again = signal === "SIGINT" ? "press ^C again" : "send SIGTERM again";
    if (!stop.signal.aborted) {
      say(
        `${key} received; cancelling. If you would like to terminate immediately, ${again}.\n` +
          "Note that terminating immediately may lead to orphaned resources and other inconsistencies.\n",
      );
      stop.abort();
    } else if (!terminate.signal.aborted) {
      say(`${key} received; terminating`);
      isTerminated = true;
      terminate.abort();
    }
  });
  return {
    stop: stop.signal,
    terminate: terminate.signal,
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}
