/** One number of a benchmark, as `--json` prints it. */
export interface Measure {
  measure: string;
  value: number;
  unit: string;
  /** What it is compared with, in the same unit. */
  reference: number | null;
  /** The most it may be, in the same unit. */
  limit: number | null;
  /** Within its limit, or without one. */
  ok: boolean;
}

/** Digits after the point that are kept. */
const DIGITS = 3;

export function measured(
  measure: string,
  value: number,
  unit: string,
  bounds: { reference?: number; limit?: number } = {},
): Measure {
  const { reference, limit } = bounds;
  return {
    measure,
    value: rounded(value),
    unit,
    reference: reference === undefined ? null : rounded(reference),
    limit: limit === undefined ? null : rounded(limit),
    ok: limit === undefined || value <= limit,
  };
}

function rounded(value: number): number {
  return Number(value.toFixed(DIGITS));
}
