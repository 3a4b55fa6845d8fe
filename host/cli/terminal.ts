import { createInterface } from "node:readline/promises";
import type { Terminal } from "./command";

/** That of this process. Questions go to stderr: stdout is for data. */
export const terminal: Terminal = {
  get isInteractive() {
    return process.stdin.isTTY === true && process.stderr.isTTY === true;
  },
  async ask(question) {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    const ended = new Promise<string>((done) => lines.once("close", () => done("")));
    // The terminal hands the key over instead of a signal while a line is read.
    lines.once("SIGINT", () => {
      lines.close();
      process.emit("SIGINT", "SIGINT");
    });
    try {
      return await Promise.race([lines.question(question), ended]);
    } finally {
      lines.close();
    }
  },
};
