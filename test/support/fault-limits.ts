/** `SLIPWAY_FAULTS=real`: limits and durations are those of production, not shortened by configuration. */
export const REAL = process.env.SLIPWAY_FAULTS === "real";

/** The value of a setting: short in the usual run of the tests, as it is in production in `slipway test faults`. */
export function limit<T>(short: T, real: T): T {
  return REAL ? real : short;
}
