/** Exit code of a command that Ctrl-C or SIGTERM ended, as of a shell. */
export const INTERRUPTED = 130;

/** One Ctrl-C may reach a process from its terminal and from its parent: what comes again so soon is the same, in milliseconds. */
const SAME_MS = 100;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Of this process' terminal, in milliseconds of `performance`: it hangs up once, however often that is told. */
let hungUpAt: number | undefined;

/**
 * Calls `heard` with each Ctrl-C and SIGTERM until it is disposed of, and with the SIGHUP of a terminal that is closed. A
 * process that has no terminal, as with `nohup`, goes on when somebody's is.
 */
export function onEndSignals(heard: (signal: NodeJS.Signals) => void): Disposable {
  const last = new Map<NodeJS.Signals, number>();
  const listener = (signal: NodeJS.Signals) => {
    const now = performance.now();
    const isSame = now - (last.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_MS;
    last.set(signal, now);
    if (!isSame && (signal !== "SIGHUP" || isOwnHangup(now))) heard(signal);
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return {
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) process.off(signal, listener);
    },
  };
}

/** As a person knows it. */
export function signalName(signal: NodeJS.Signals): string {
  return signal === "SIGINT" ? "^C" : signal;
}

function isOwnHangup(now: number): boolean {
  const hasTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
  if (!hasTerminal) return false;
  hungUpAt ??= now;
  return now - hungUpAt < SAME_MS;
}
