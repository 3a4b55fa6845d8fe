/** Rows under their headings, columns two blanks apart; a value of several lines keeps its column. */
export function table(headings: string[], rows: string[][]): string {
  const cells = [headings, ...rows].map((row) => row.map((cell) => cell.split("\n")));
  const widths = headings.map((_, column) =>
    Math.max(...cells.flatMap((row) => (row[column] ?? []).map((line) => [...line].length))),
  );
  let text = "";
  for (const row of cells) {
    const height = Math.max(...row.map((lines) => lines.length));
    for (let line = 0; line < height; line++) {
      const parts = row.map((lines, column) => {
        const part = lines[line] ?? "";
        const isLast = column === row.length - 1;
        return isLast ? part : part + " ".repeat((widths[column] as number) - [...part].length);
      });
      text += `${parts.join("  ")}\n`;
    }
  }
  return text;
}

const UNITS: [seconds: number, name: string][] = [
  [60, "second"],
  [3600, "minute"],
  [86_400, "hour"],
  [604_800, "day"],
  [2_592_000, "week"],
  [31_104_000, "month"],
  [Number.POSITIVE_INFINITY, "year"],
];

/** `now`, `5 seconds ago`, `1 week ago`. */
export function ago(time: Date, now = new Date()): string {
  const seconds = Math.floor((now.getTime() - time.getTime()) / 1000);
  if (seconds < 1) return "now";
  const at = UNITS.findIndex(([limit]) => seconds < limit);
  const count = Math.floor(seconds / (UNITS[at - 1]?.[0] ?? 1));
  const [, name] = UNITS[at] as [number, string];
  return `${count} ${name}${count === 1 ? "" : "s"} ago`;
}
