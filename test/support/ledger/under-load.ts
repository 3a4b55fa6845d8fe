import assert from "node:assert/strict";
import type { LoadResult } from "../steady-load";
import type { Ledger } from "./ledger";
import { LedgerWriter, type WriterResult } from "./ledger-writer";

/** What clients saw while something happened to a ledger. */
export interface Histories<T> {
  outcome: T;
  load: LoadResult;
  writer: WriterResult;
  /** For a test's note. */
  text: string;
}

/**
 * Does something to a ledger while a client asks 50 times a second and another writes rows. No acknowledged row may be
 * missing afterwards; with `allowFailures` requests may have failed.
 */
export async function underLoad<T>(
  ledger: Ledger,
  action: () => Promise<T>,
  { allowFailures = false } = {},
): Promise<Histories<T>> {
  await using asking = ledger.stack.load(ledger.host, 50, "/?client");
  await using writing = new LedgerWriter(ledger);
  const outcome = await action();
  const [load, writer] = await Promise.all([asking.stop(), writing.stop()]);
  await writing.check();
  const failed = load.failures.length + writer.failures.length;
  const resent = load.resent > 0 ? `, ${load.resent} sent again as their kept connection was closed` : "";
  const text = `${failed} of ${load.sent + writer.sent} requests failed${resent}, ${writer.acknowledged.length} rows all there`;
  if (!allowFailures) assert.deepEqual([...load.failures, ...writer.failures], [], text);
  return { outcome, load, writer, text };
}
