/** One Ctrl-C may reach a process from its terminal and from its parent: what comes again so soon is the same, in milliseconds. */
const SAME_MS = 100;

/** Calls `heard` with each Ctrl-C and SIGTERM until it is disposed of. */
export function onEndSignals(heard: (signal: NodeJS.Signals) => void): Disposable {
  const last = new Map<NodeJS.Signals, number>();
  const listener = (signal: NodeJS.Signals) => {
    const now = performance.now();
    const isSame = now - (last.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_MS;
    last.set(signal, now);
    if (!isSame) heard(signal);
  };
  process.on("SIGINT", listener).on("SIGTERM", listener);
  return { [Symbol.dispose]: () => void process.off("SIGINT", listener).off("SIGTERM", listener) };
}

/** As a person knows it. */
export function signalName(signal: NodeJS.Signals): string {
  return signal === "SIGINT" ? "^C" : signal;
}
