import type { Progress } from "./progress";
import { CommandError } from "./run-logged";
import { SetupError } from "./setup-error";

/** Seconds that apt's locks are waited for: a machine that has just booted updates its package lists first. */
export const APT_LOCK_SECONDS = 300;
/** Pause before a command that found a lock taken is run again, in milliseconds. */
const PAUSE_MS = 500;

/** What apt and dpkg say, in English, of a lock that another process holds. */
const LOCKED = /Could not get lock|lock was locked by another process/;
const HOLDER = /held by (process \d+(?: \([^)]*\))?)|locked by another (process with pid \d+)/;

/**
 * Runs a command of apt or dpkg again while another process holds a lock that it needs. Their own option for that,
 * `DPkg::Lock::Timeout`, is not for the locks of the package lists and of downloaded packages.
 */
export async function whenUnlocked(
  run: () => Promise<void>,
  progress: Progress,
  waitSeconds = APT_LOCK_SECONDS,
  pauseMs = PAUSE_MS,
): Promise<void> {
  const deadline = Date.now() + waitSeconds * 1000;
  for (let told = false; ; told = true) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof CommandError && LOCKED.test(error.output))) throw error;
      const holder = holderIn(error.output);
      if (Date.now() >= deadline) throw givenUp(holder, waitSeconds, error);
      if (!told) progress.line(`apt is locked by ${holder}; waiting, at most ${waitSeconds} s`);
      await new Promise((done) => setTimeout(done, pauseMs));
    }
  }
}

/** The older apt does not say who it is. */
function holderIn(output: string): string {
  const [, byApt, byDpkg] = HOLDER.exec(output) ?? [];
  return byApt ?? byDpkg ?? "another process";
}

function givenUp(holder: string, waitSeconds: number, cause: CommandError): SetupError {
  return new SetupError(
    `apt is still locked by ${holder} after ${waitSeconds} s`,
    "wait until it has ended (ps -e | grep -E 'apt|dpkg|unattended' shows it), then run this again",
    { cause },
  );
}
