import { withLock } from "../../host/lock";
import type { Progress } from "./progress";

/** Longest wait for another setup on this machine, in seconds. */
const WAIT_SECONDS = 1800;

/** Runs an action while no other setup has the lock; says for whom it waits. */
export function onlySetup<T>(lock: string, progress: Progress, action: () => Promise<T>): Promise<T> {
  return withLock(lock, "setup", WAIT_SECONDS, action, ({ pid, since }) =>
    progress.line(`another setup (process ${pid}, since ${since}) is at work; waiting, at most ${WAIT_SECONDS} s`),
  );
}
