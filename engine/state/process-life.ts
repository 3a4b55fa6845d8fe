import { readFileSync, readlinkSync } from "node:fs";

/** How far a clock that was set may be off before a machine counts as started again, in milliseconds. */
const TOLERANCE = 5_000;

/** What no other process that has or had the same number shares, and no setting of the clock changes. */
export interface ProcessLife {
  /** Of the machine, until it starts again. */
  bootId: string;
  /** When the process was started, in the kernel's ticks since then. */
  startTicks: number;
  /** Where its number means it: a container has numbers of its own. */
  pidNamespace: string;
}

/** A process that wrote something down. */
export interface KnownProcess extends Partial<ProcessLife> {
  pid: number;
  /** When it certainly ran, in milliseconds since 1970. */
  seen: number;
}

/** Of this process; nothing where there is no /proc. */
export function ownLife(): Partial<ProcessLife> {
  const [bootId, startTicks, pidNamespace] = [currentBoot(), startOf(process.pid), ownNamespace()];
  if (bootId === undefined || startTicks === undefined || pidNamespace === undefined) return {};
  return { bootId, startTicks, pidNamespace };
}

/**
 * Whether that very process still runs. Its number may belong to another one by now: that counts only where it is sure,
 * by what `ownLife` told of it, or because the whole machine was started after it was seen. When another process was
 * started is no such proof: the clock may have been set forward since. One of another container cannot be looked at, and
 * counts as running until the machine starts again.
 */
export function isStillRunning({ pid, seen, bootId, startTicks, pidNamespace }: KnownProcess): boolean {
  if (pidNamespace !== undefined && pidNamespace !== ownNamespace()) return currentBoot() === bootId;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const boot = currentBoot();
  if (boot === undefined) return true;
  if (bootId === undefined || startTicks === undefined) return !(bootTime() > seen + TOLERANCE);
  const started = boot === bootId ? startOf(pid) : Number.NaN;
  return started === undefined || started === startTicks;
}

function currentBoot(): string | undefined {
  return read("/proc/sys/kernel/random/boot_id")?.trim() || undefined;
}

function ownNamespace(): string | undefined {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return undefined;
  }
}

/** `undefined` where it cannot be read. */
function startOf(pid: number): number | undefined {
  // The second field is the command in parentheses and may hold anything; the start is the 20th after it.
  const ticks = Number(read(`/proc/${pid}/stat`)?.split(") ").at(-1)?.split(" ")[19]);
  return Number.isFinite(ticks) ? ticks : undefined;
}

/** In milliseconds since 1970, by the clock as it is set now; not a number where it cannot be read. */
function bootTime(): number {
  return Number(/^btime (\d+)$/m.exec(read("/proc/stat") ?? "")?.[1]) * 1000;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
