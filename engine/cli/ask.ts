import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { INTERRUPTED } from "../../terminal/end-signals";

/**
 * Asks on the terminal until one of `answers` is given; the end of input and Ctrl-C count as `no`. `interrupted`: at
 * Ctrl-C, of which a terminal sends no signal while a line is read.
 */
export async function ask<Answer extends string>(
  question: string,
  answers: readonly Answer[],
  interrupted?: () => void,
): Promise<Answer | "no"> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const ended = new Promise<"no">((resolve) => lines.once("close", () => resolve("no")));
  lines.once("SIGINT", () => {
    lines.close();
    interrupted?.();
  });
  try {
    for (;;) {
      const answer = await Promise.race([lines.question(`${question} [${answers.join("/")}]: `), ended]);
      const found = answers.find((known) => known === answer.trim().toLowerCase());
      if (found) return found;
      if (answer === "no") return "no";
    }
  } finally {
    lines.close();
  }
}

/** A line typed on the terminal; what is typed of a secret is not shown. Ctrl-C ends the process: nothing waits for it. */
export async function askValue(prompt: string, secret: boolean): Promise<string> {
  const hidden = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: process.stdin,
    output: secret ? hidden : process.stdout,
    terminal: true,
  });
  lines.once("SIGINT", () => {
    lines.close();
    process.stdout.write("\n");
    process.exit(INTERRUPTED);
  });
  try {
    if (secret) process.stdout.write(prompt);
    return await lines.question(secret ? "" : prompt);
  } finally {
    lines.close();
    if (secret) process.stdout.write("\n");
  }
}
