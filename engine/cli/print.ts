import { hasNoRoom } from "../../terminal/readers";
import { EXIT } from "../exit-code";

/** What a command is asked for: it fails where there is no room for it. */
export function print(text: string): void {
  process.stdout.write(text, (error) => {
    if (!error || !hasNoRoom(error)) return;
    process.stderr.write(`error: not all of it could be printed: ${error.message}\n`);
    process.exitCode ||= EXIT.failure;
  });
}

export function printJson(value: unknown): void {
  print(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** That a command did what it was told: a sentence, or with `--json` a document with what a program may need. */
export function printDone(flags: { json?: boolean }, text: string, facts: object): void {
  if (flags.json) printJson({ schemaVersion: 1, result: "succeeded", ...facts });
  else print(text);
}

/** All of it, as text. */
export async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
