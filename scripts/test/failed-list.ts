import type { Counts } from "./counts";

/** Of a test's error: enough for a diff and the first lines of its stack. */
const LONGEST_ERROR_LINES = 30;

/** What failed, by part, each with its error, to end a long run with; "" where nothing did. */
export function failedList(parts: (Counts & { name: string })[]): string {
  const lines = parts.filter(({ failed }) => failed > 0).flatMap(linesOf);
  return lines.length === 0 ? "" : `\nFailed:\n${lines.map((line) => `${`  ${line}`.trimEnd()}\n`).join("")}\n`;
}

function linesOf({ name, failed, tests = [] }: Counts & { name: string }): string[] {
  const told = tests.filter(({ outcome }) => outcome === "failed");
  const untold = failed - told.length;
  return [
    ...told.flatMap(({ title, error = "" }) => [`${name}: ${title}`, ...indented(error)]),
    ...(untold > 0 ? [`${name}: ${told.length > 0 ? `${untold} more, ` : ""}see above`] : []),
  ];
}

function indented(error: string): string[] {
  const lines = error.split("\n").slice(0, LONGEST_ERROR_LINES);
  return lines.map((line) => `  ${line}`);
}
