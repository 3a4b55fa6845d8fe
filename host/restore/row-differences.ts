import type { KeyTable } from "../../config/project";

type Rows = Record<string, number>;

/** What a restored database lacks, or has too much, beside what its backup counted: a line each. */
export function rowDifferences(restored: Rows, counted: Rows): string[] {
  const tables = [...new Set([...Object.keys(counted), ...Object.keys(restored)])].sort();
  return tables
    .filter((table) => restored[table] !== counted[table])
    .map((table) => `${table} has ${rowsText(restored[table])} instead of ${rowsText(counted[table])}`);
}

/** Key tables that are not there or have too few rows: a line each. */
export function keyTableShortfalls(rows: Rows, keyTables: KeyTable[]): string[] {
  return keyTables.flatMap(({ table, minimumRows }) => {
    const count = rows[table.includes(".") ? table : `public.${table}`];
    if (count === undefined) return [`key table ${table} is not there`];
    return count < minimumRows ? [`key table ${table} has ${count} rows, fewer than ${minimumRows}`] : [];
  });
}

function rowsText(count: number | undefined): string {
  return count === undefined ? "no such table" : `${count} rows`;
}
