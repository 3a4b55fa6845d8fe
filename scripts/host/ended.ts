import type { ChildProcess, StdioOptions } from "node:child_process";
import { onEndSignals } from "../../terminal/end-signals";

export interface End {
  /** `null` where a signal ended it. */
  code: number | null;
  /** Somebody wanted the end of it, by Ctrl-C or a signal to this process. */
  isStopped: boolean;
  /** Something came on stdout, as far as that is known. */
  hasAnswered: boolean;
}

export interface Asked {
  /** Its stdout passes through this process, which then knows of it. Default false. */
  mustAnswer?: boolean;
  /** Whether it may read from this process' terminal. Default true. */
  mayAsk?: boolean;
}

/** This process' own streams, as far as the program gets them. */
export function ownStreams({ mustAnswer = false, mayAsk = true }: Asked): StdioOptions {
  return [mayAsk ? "inherit" : "ignore", mustAnswer ? "pipe" : "inherit", "inherit"];
}

/**
 * Resolves when a program has ended that has such streams; rejects where it could not be started. It gets the signals that
 * this process gets; what they mean is its to say.
 */
export async function ended(child: ChildProcess): Promise<End> {
  let hasAnswered = child.stdout === null;
  let isStopped = false;
  child.stdout?.on("data", (part: Buffer) => {
    hasAnswered = true;
    process.stdout.write(part);
  });
  using _passing = onEndSignals((signal) => {
    isStopped = true;
    // Ctrl-C on a terminal reaches both.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  });
  return await new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => done({ code, isStopped, hasAnswered }));
  });
}
