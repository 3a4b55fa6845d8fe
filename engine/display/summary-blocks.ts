import type { Palette } from "../../terminal/palette";
import type { Operation } from "../events";
import { isObject, type PropertyMap, UNKNOWN } from "../property-value";
import type { ResourceState } from "../state";
import { nameOf, operationText, simpleType, typeOf } from "./operation-text";
import type { Progress } from "./progress";
import { diffMaps, type ValueDiff } from "./property-diff";
import { PropertyText, type PropertyTextOptions } from "./property-text";
import { type ResourceRow, severityPrefix, withoutInternal } from "./resource-row";

const COUNTED: Operation[] = ["create", "update", "delete", "replace", "refresh", "discard"];

/** All that was said about each resource; empty when nothing was. */
export function diagnosticsBlock(progress: Progress, paint: Palette): string {
  const blocks = [...progress.rows.values()]
    .filter(({ diagnostics }) => diagnostics.length > 0)
    .map((row) => {
      const heading = `  ${simpleType(typeOf(row.urn))} (${nameOf(row.urn)}):`;
      return `${paint.bold(heading)}\n${messages(row, paint)}`;
    });
  return blocks.length > 0 ? `${paint.bold("Diagnostics:")}\n${blocks.join("\n")}\n` : "";
}

function messages(row: ResourceRow, paint: Palette): string {
  let text = "";
  let before = "";
  for (const { message, severity } of row.diagnostics) {
    // A blank line sets off what the program wrote to its standard error.
    if (before !== "" && (before === "info#err") !== (severity === "info#err")) text += "\n";
    before = severity;
    const [first = "", ...rest] = (severityPrefix(severity) + message).replace(/\n+$/, "").split("\n");
    const color = severity === "error" ? paint.red : severity === "warning" ? paint.yellow : (line: string) => line;
    text += `    ${color(first)}\n${rest.map((line) => `    ${line}\n`).join("")}`;
  }
  return text;
}

/**
 * Outputs of the stack: all of them after an update, only what changes in a preview (a value that merely becomes
 * unknown does not count). Empty when there is nothing to show.
 */
export function outputsBlock(progress: Progress, options: PropertyTextOptions): string {
  const lines = outputLines(progress, options);
  return lines ? `${options.palette.bold("Outputs:")}\n${lines}\n` : "";
}

export function outputLines(progress: Progress, options: PropertyTextOptions): string {
  const step = progress.stack.step;
  if (!step?.new) return "";
  const now = withoutInternal(step.new.outputs);
  const old = step.old ? withoutInternal((step.old as ResourceState).outputs) : undefined;
  if (!old || step.op === "create") return PropertyText.ofMap(now as PropertyMap, "    ", " ", options);

  const entries = diffMaps(old, now)?.entries;
  if (!progress.preview) {
    return entries ? PropertyText.ofDiff(entries, "    ", options) : PropertyText.ofMap(now, "    ", " ", options);
  }
  const isNews = (diff: ValueDiff) => diff.kind !== "same" && !(diff.kind === "update" && isUnknown(diff.new));
  return PropertyText.ofDiff(entries ?? {}, "    ", options, isNews);
}

function isUnknown(value: unknown): boolean {
  return value === UNKNOWN || (isObject(value as PropertyMap) && (value as PropertyMap).value === UNKNOWN);
}

/** How many steps of each kind there were, and how many resources stayed as they are or failed. */
export function resourcesBlock(progress: Progress, paint: Palette): string {
  const changes = progress.summary?.resourceChanges ?? {};
  const lines: string[] = [];
  let total = 0;
  let kinds = 0;
  for (const op of COUNTED) {
    const count = changes[op] ?? 0;
    if (count === 0) continue;
    total += count;
    kinds++;
    const { mark, color, planned, done } = operationText(op);
    lines.push(`${paint[color](mark.trimStart().padEnd(2) + count)} ${progress.preview ? `to ${planned}` : done}`);
  }
  const rest = [];
  if (kinds > 1) rest.push(paint.bold(`${total} changes`));
  if (changes.same) rest.push(`${changes.same} unchanged`);
  if (rest.length > 0) lines.push(rest.join(". "));
  const errored = [...progress.rows.values()].filter(({ hasErrors }) => hasErrors).length;
  if (errored > 0) lines.push(paint.red(`${errored} errored`));
  return `${paint.bold("Resources:")}\n${lines.map((line) => `    ${line}\n`).join("")}`;
}

/** `1m5s`, as Go writes a duration in whole seconds. */
export function durationText(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  return `${hours > 0 ? `${hours}h` : ""}${hours > 0 || minutes > 0 ? `${minutes}m` : ""}${whole % 60}s`;
}
