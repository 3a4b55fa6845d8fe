import type { Palette } from "../../terminal/palette";
import { operationText, STACK_TYPE, typeOf } from "./operation-text";
import type { Progress } from "./progress";
import type { ResourceRow, RowView } from "./resource-row";

export interface TreeView {
  /** Columns of the terminal. */
  width: number;
  /** Lines that fit; more rows than that are cut to those that are at work, and a count of the rest. */
  height: number;
  /** Milliseconds since 1970: what elapsed times are counted from. */
  now: number;
  palette: Palette;
}

interface TreeRow {
  row: ResourceRow;
  fork: string;
}

const GAP = "  ";
const HEADINGS = ["", "Type", "Name", "Status", "Info"];
const [TYPE, NAME, STATUS] = [1, 2, 3];

/** The resources that have something to show, as a tree under the stack: one line each, none wider than the terminal. */
export function treeLines(progress: Progress, view: TreeView): string[] {
  const all = treeRows(progress);
  const rows = fitting(all, view.height - 2);
  const heading = [...HEADINGS];
  if (progress.preview) heading[STATUS] = "Plan";
  const shown: RowView = { preview: progress.preview, over: progress.over, now: view.now, oneRow: true };
  const cells = rows.map(({ row, fork }) => {
    const [mark, type, name, status, info] = row.columns(shown);
    return [mark, fork + type, name, status, info];
  });
  const widths = HEADINGS.map((_, column) =>
    Math.max(...[heading, ...cells].map((line) => lengthOf(line[column] as string))),
  );
  widths[0] = 3;
  shrink(widths, view.width);

  const lines = [line(heading, widths, view, (text) => view.palette.bold(text))];
  cells.forEach((columns, index) => {
    const { row } = rows[index] as TreeRow;
    const color = row.hasErrors ? view.palette.red : view.palette[operationText(row.shownOperation(shown)).color];
    const paint = (text: string, column: number) => (column === 0 || column === STATUS ? color(text) : text);
    lines.push(line(columns, widths, view, paint));
  });
  if (rows.length < all.length) lines.push(view.palette.dim(`     … ${all.length - rows.length} more`));
  return lines;
}

/** Depth first, children in the order in which they were first heard of. */
function treeRows(progress: Progress): TreeRow[] {
  const children = new Map<string, ResourceRow[]>();
  const shown = new Set([...progress.rows.values()].filter((row) => isShown(row)));
  for (const row of [...shown]) {
    for (let up = parentOf(row, progress); up && !shown.has(up); up = parentOf(up, progress)) shown.add(up);
  }
  for (const row of progress.rows.values()) {
    if (!shown.has(row) || row === progress.stack) continue;
    const parent = parentOf(row, progress)?.urn ?? progress.stackUrn;
    children.set(parent, [...(children.get(parent) ?? []), row]);
  }
  const branch = (row: ResourceRow, fork: string, indent: string): TreeRow[] => {
    const below = children.get(row.urn) ?? [];
    const rest = below.flatMap((child, index) => {
      const isLast = index === below.length - 1;
      return branch(child, `${indent}${isLast ? "└─ " : "├─ "}`, `${indent}${isLast ? "   " : "│  "}`);
    });
    return [{ row, fork }, ...rest];
  };
  return branch(progress.stack, "", "");
}

function isShown(row: ResourceRow): boolean {
  return (
    typeOf(row.urn) === STACK_TYPE || row.diagnostics.length > 0 || (row.step !== undefined && row.step.op !== "same")
  );
}

function parentOf(row: ResourceRow, progress: Progress): ResourceRow | undefined {
  const parent = (row.step?.new ?? row.step?.old)?.parent;
  return parent && parent !== row.urn ? progress.rows.get(parent) : undefined;
}

function fitting(rows: TreeRow[], height: number): TreeRow[] {
  if (rows.length <= height) return rows;
  const busy = rows.filter(({ row }, index) => index === 0 || row.hasErrors || (row.step && !row.ended));
  return busy.slice(0, Math.max(1, height - 1));
}

/** In a narrow window types are cut first, then names: the status is what one looks for. */
function shrink(widths: number[], width: number): void {
  for (const [column, least] of [
    [TYPE, 12],
    [NAME, 10],
  ] as const) {
    const needed = widths.slice(0, STATUS + 1).reduce((sum, each) => sum + each + GAP.length, 0) - GAP.length;
    const over = Math.max(0, needed - (width - 1));
    widths[column] = Math.max(Math.min(least, widths[column] as number), (widths[column] as number) - over);
  }
}

function line(
  columns: string[],
  widths: number[],
  { width }: TreeView,
  paint: (text: string, column: number) => string,
): string {
  let left = width - 1;
  let text = "";
  columns.forEach((cell, column) => {
    if (left <= 0) return;
    const isLast = column === columns.length - 1;
    const room = widths[column] as number;
    const padded = isLast ? cell : shortened(cell, room) + " ".repeat(Math.max(0, room - lengthOf(cell)));
    const cut = shortened(padded, left);
    text += paint(cut, column);
    left -= lengthOf(cut) + GAP.length;
    if (!isLast && left > 0) text += GAP;
  });
  return text.trimEnd();
}

function shortened(text: string, length: number): string {
  return lengthOf(text) <= length ? text : `${[...text].slice(0, Math.max(0, length - 1)).join("")}…`;
}

function lengthOf(text: string): number {
  return [...text].length;
}
