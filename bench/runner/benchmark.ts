import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Measure } from "./measure";

/** What a file directly in `bench/` exports as `benchmark`; the file's name is the benchmark's. */
export interface Benchmark {
  /** For the list. */
  description: string;
  /** What the references and limits are, each a line below the table. */
  notes: string[];
  /** Takes every number as the median of `runs`; `say` tells how far it is. */
  measure(runs: number, say: (line: string) => void): Promise<Measure[]>;
}

const FOLDER = join(__dirname, "..");

export function benchmarkNames(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".ts"))
    .map((name) => name.slice(0, -".ts".length))
    .sort();
}

export async function loadBenchmark(name: string): Promise<Benchmark> {
  return ((await import(join(FOLDER, name))) as { benchmark: Benchmark }).benchmark;
}
