import type { Latency } from "./verdict";

/** Response times as a count of each, so that any number of them takes the same room. */
export class ResponseTimes {
  private readonly counts = new Map<number, number>();
  private requests = 0;

  add(milliseconds: number): void {
    const rounded = twoDigits(milliseconds);
    this.counts.set(rounded, (this.counts.get(rounded) ?? 0) + 1);
    this.requests += 1;
  }

  /** `limitMs`: above which requests are counted as slower. */
  latency(limitMs?: number): Latency {
    return { ...this.ofAll(), ...(limitMs !== undefined && { slower: this.above(limitMs) }) };
  }

  private ofAll(): Latency {
    const wanted = Math.ceil(this.requests * 0.99);
    let passed = 0;
    for (const [milliseconds, count] of [...this.counts].sort(([a], [b]) => a - b)) {
      passed += count;
      if (passed >= wanted) return { requests: this.requests, p99Ms: milliseconds };
    }
    return { requests: 0, p99Ms: 0 };
  }

  private above(limitMs: number): number {
    let above = 0;
    for (const [milliseconds, count] of this.counts) if (milliseconds > limitMs) above += count;
    return above;
  }
}

/** 1234 -> 1200: more says nothing, and would take a count for every millisecond. */
function twoDigits(milliseconds: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, milliseconds))) - 1);
  return Math.round(milliseconds / unit) * unit;
}
