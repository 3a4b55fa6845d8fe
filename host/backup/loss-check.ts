/** Share of rows or tables that may be gone since the backup before without a word. */
const LOST_SHARE = 0.5;

/** What the numbers of a backup say beside those of the last good one. */
export type LossVerdict =
  | { kind: "fine" }
  /** As empty as none before: not to be trusted (fault 12). */
  | { kind: "suspicious"; note: string }
  /** Much less than before, or nothing where nobody is served: the one before is held (fault 13). */
  | { kind: "shrunk"; note: string };

type Rows = Record<string, number>;

/**
 * `before`: of the last good backup; left out where there is none. `servesNobody`: it is made for a project's first
 * release, which fills the database. To wait for rows would keep that from being deployed for ever.
 */
export function judgeLoss(now: Rows, before: Rows | undefined, { servesNobody = false } = {}): LossVerdict {
  if (!before) return { kind: "fine" };
  const [tables, rows] = [Object.keys(now).length, total(now)];
  const [tablesBefore, rowsBefore] = [Object.keys(before).length, total(before)];
  const numbers = `${tables} tables with ${rows} rows; the backup before had ${tablesBefore} with ${rowsBefore}`;
  if ((tables === 0 && tablesBefore > 0) || (rows === 0 && rowsBefore > 0)) {
    return { kind: servesNobody ? "shrunk" : "suspicious", note: `the database is empty: ${numbers}` };
  }
  if (rows < rowsBefore * LOST_SHARE || tables < tablesBefore * LOST_SHARE) {
    return { kind: "shrunk", note: `more than half is gone: ${numbers}` };
  }
  return { kind: "fine" };
}

function total(rows: Rows): number {
  return Object.values(rows).reduce((sum, count) => sum + count, 0);
}
