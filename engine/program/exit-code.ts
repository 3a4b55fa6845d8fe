import type { ProgramExit } from "./program";

/** The SDK's code for "everything has been reported". */
const REPORTED = 32;

/** What the end of a program's process means; undefined when it is good. A message is missing where all was told. */
export function programFailure({ code, signal }: ProgramExit): { message?: string } | undefined {
  if (code === 0) return undefined;
  if (code === REPORTED) return {};
  const how = code === null ? `was ended by ${signal}` : `exited with non-zero exit code: ${code}`;
  return { message: `an unhandled error occurred: Program ${how}` };
}
