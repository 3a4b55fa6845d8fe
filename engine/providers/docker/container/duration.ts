const UNITS: Record<string, number> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** `1m30s`, `500ms`, `1.5h` in nanoseconds, as Go reads it; undefined for anything else. */
export function duration(text: string): number | undefined {
  if (text === "0" || text === "") return 0;
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, amount, , unit] of text.matchAll(/(\d+(\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    sum += Number(amount) * (UNITS[unit as string] as number);
  }
  return Math.round(sum);
}

/** The text that Go gives a duration in nanoseconds: `1m30s`, `1.5s`, `200ms`, `0s`. */
export function durationText(nanoseconds: number): string {
  if (nanoseconds === 0) return "0s";
  for (const unit of ["ns", "µs", "ms"]) {
    const amount = nanoseconds / (UNITS[unit] as number);
    if (amount < 1000) return `${amount}${unit}`;
  }
  const hours = Math.floor(nanoseconds / 3600e9);
  const minutes = Math.floor((nanoseconds % 3600e9) / 60e9);
  const seconds = (nanoseconds % 60e9) / 1e9;
  return `${hours ? `${hours}h` : ""}${hours || minutes ? `${minutes}m` : ""}${seconds}s`;
}
