import type { Context } from "mocha";

/** Says what happened in a test, for the table of `slipway test faults`; the last one counts. */
export function note({ test }: Context, text: string): void {
  if (test) (test as { note?: string }).note = text;
}
