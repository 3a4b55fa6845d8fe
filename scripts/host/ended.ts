import type { ChildProcess, StdioOptions } from "node:child_process";

export interface End {
  /** `null` where a signal ended it. */
  code: number | null;
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

/** Resolves when a program has ended that has such streams; rejects where it could not be started. */
export function ended(child: ChildProcess): Promise<End> {
  let hasAnswered = child.stdout === null;
  child.stdout?.on("data", (part: Buffer) => {
    hasAnswered = true;
    process.stdout.write(part);
  });
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => done({ code, hasAnswered }));
  });
}
