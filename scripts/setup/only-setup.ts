import { withLock } from "../../host/lock";
import { listenForInterrupts, throwIfStopped, unlessStopped } from "./interruption";
import type { Progress } from "./progress";

/** Longest wait for another setup on this machine, in seconds. */
const WAIT_SECONDS = 1800;

/**
 * Runs an action while no other setup has the lock; says for whom it waits. At Ctrl-C the action ends what it is at,
 * and whatever comes of it then is an `InterruptedError`.
 */
export async function onlySetup<T>(lock: string, progress: Progress, action: () => Promise<T>): Promise<T> {
  using _ = listenForInterrupts(progress);
  let begin = () => {};
  const begun = new Promise<void>((done) => {
    begin = done;
  });
  const work = withLock(
    lock,
    "setup",
    WAIT_SECONDS,
    () => {
      throwIfStopped();
      begin();
      return action();
    },
    ({ pid, since }) =>
      progress.line(`another setup (process ${pid}, since ${since}) is at work; waiting, at most ${WAIT_SECONDS} s`),
  );
  try {
    await unlessStopped(Promise.race([begun, work]));
    return await work;
  } finally {
    throwIfStopped();
  }
}
