import { readFileSync } from "node:fs";

/** Unit of process start times in /proc; the same on every Linux that Node runs on. */
const TICKS_A_SECOND = 100;
/** How far a clock that was set may be off before a process counts as another one, in milliseconds. */
const TOLERANCE = 5_000;

/**
 * Whether the process that had this number at `time` (milliseconds since 1970) still runs. After a reboot its number
 * may belong to another one, which then was started later; where start times cannot be read, the number alone counts.
 */
export function isStillRunning(pid: number, time: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const started = startOf(pid);
  return started === undefined || started <= time + TOLERANCE;
}

function startOf(pid: number): number | undefined {
  try {
    const bootSeconds = Number(/^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1]);
    // The second field is the command in parentheses and may hold anything; the start is the 20th after it.
    const ticks = Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[19]);
    const started = (bootSeconds + ticks / TICKS_A_SECOND) * 1000;
    return Number.isFinite(started) ? started : undefined;
  } catch {
    return undefined;
  }
}
