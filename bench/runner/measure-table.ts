import type { Measure } from "./measure";

const HEAD = ["measure", "value", "unit", "reference", "limit", "ok"];
/** Columns that hold numbers, which are read from the right. */
const RIGHT = new Set([1, 3, 4]);

/** Measures as aligned text, with a heading. */
export function measureTable(measures: Measure[]): string {
  const rows = measures.map(({ measure, value, unit, reference, limit, ok }) => [
    measure,
    shown(value),
    unit,
    shown(reference),
    shown(limit),
    limit === null ? "" : ok ? "yes" : "NO",
  ]);
  const widths = HEAD.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return RIGHT.has(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return `${[HEAD, ...rows].map(line).join("\n")}\n`;
}

function shown(number: number | null): string {
  if (number === null) return "";
  return Number.isInteger(number) ? String(number) : number.toFixed(2);
}
