/** Lets a number of tasks run at once; the others wait in the order in which they came. */
export class Slots {
  private free: number;
  private readonly waiting: (() => void)[] = [];
  private readonly onIdle: (() => void)[] = [];

  constructor(private readonly count: number) {
    this.free = count;
  }

  /** Resolves when no task runs or waits. */
  async idle(): Promise<void> {
    if (this.free < this.count) await new Promise<void>((resolve) => this.onIdle.push(resolve));
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else if (++this.free === this.count) for (const resolve of this.onIdle.splice(0)) resolve();
    }
  }
}
