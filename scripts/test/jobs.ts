import { cpus } from "node:os";

/** Share of the processors' time that has to be free for another file beside the `least`. */
const FREE_SHARE = 0.3;
/** What a file takes shows when it has run for so long, in milliseconds. */
const SETTLE_MS = 6000;

/** How many files run at a time: `least` always, up to `most` while the processors have little to do. */
export interface Jobs {
  least: number;
  most: number;
}

export interface Seams {
  /** Milliseconds of all processors together since they started: all, and with nothing to do. */
  times(): { all: number; idle: number };
  /** Milliseconds, of a clock that only goes forward. */
  now(): number;
}

/**
 * Most files wait for most of their time: for a watch, a deadline, a container. Says when another one may start beside
 * those that run, so that the processors are busy and no limit of seconds in a test is passed because of it.
 */
export class Throttle {
  private since: number;
  private from: { all: number; idle: number };

  constructor(
    private readonly jobs: Jobs,
    private readonly seams: Seams = { times, now: () => performance.now() },
  ) {
    this.since = seams.now();
    this.from = seams.times();
  }

  /** Whether another file may start now. One that does is to be told by `started`. */
  hasRoom(running: number): boolean {
    if (running < this.jobs.least) return true;
    if (running >= this.jobs.most || this.seams.now() - this.since < SETTLE_MS) return false;
    const { all, idle } = this.seams.times();
    const share = (idle - this.from.idle) / (all - this.from.all);
    this.look();
    return share >= FREE_SHARE;
  }

  started(): void {
    this.look();
  }

  private look(): void {
    this.since = this.seams.now();
    this.from = this.seams.times();
  }
}

function times(): { all: number; idle: number } {
  const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);
  return {
    all: sum(cpus().flatMap(({ times }) => Object.values(times))),
    idle: sum(cpus().map(({ times }) => times.idle)),
  };
}
