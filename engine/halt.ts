/** Why nothing new may start. */
export type HaltReason = "failed" | "canceled";

/** Thrown where work was about to start after the halt; the failure itself has been told. */
export class Halted extends Error {
  constructor() {
    super("the deployment has ended");
    this.name = "Halted";
  }
}

/** One switch for a deployment: once it is thrown nothing new starts, what runs goes on to its end. */
export class Halt {
  reason: HaltReason | undefined;
  /** Resolves when it is thrown. */
  readonly thrown: Promise<void>;
  private throwIt: () => void = () => {};
  private readonly released: Promise<never>;
  private reject: (error: Halted) => void = () => {};

  constructor() {
    this.thrown = new Promise((resolve) => {
      this.throwIt = resolve;
    });
    this.released = new Promise((_, reject) => {
      this.reject = reject;
    });
    // Whether anybody waits for it depends on the program.
    this.released.catch(() => {});
  }

  get isHalted(): boolean {
    return this.reason !== undefined;
  }

  /** The first reason counts. */
  now(reason: HaltReason): void {
    this.reason ??= reason;
    this.throwIt();
  }

  check(): void {
    if (this.isHalted) throw new Halted();
  }

  /**
   * For calls of the program that will not be answered: rejects at the very end. A program that learns earlier that all
   * is lost complains about its other calls, too.
   */
  never(): Promise<never> {
    return this.released;
  }

  /** Everything is done: whoever still waits is sent away. */
  release(): void {
    this.reject(new Halted());
  }
}
