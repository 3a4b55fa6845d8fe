import { docPage } from "./doc-page";

/** An error for a program: one line of stderr, where a command was called with `--json`. */
export interface ErrorForPrograms {
  /** `slipway.…`, stable; docs/errors.md lists them. */
  code: string;
  message: string;
  /** Path of what is wrong in a file. */
  field?: string;
  file?: string;
  /** From 1. */
  line?: number;
  column?: number;
}

/** A guess as the messages write it. */
const GUESS = /did you mean "?([^"?]+)"?\?/i;

export function errorJson({ code, message, ...place }: ErrorForPrograms): string {
  const guess = GUESS.exec(message)?.[1];
  const error = {
    ...{ code, severity: "error", message },
    ...place,
    ...(guess !== undefined && { suggestions: [guess] }),
    docs: docPage(code),
    schemaVersion: 1,
  };
  return `${JSON.stringify({ error })}\n`;
}
