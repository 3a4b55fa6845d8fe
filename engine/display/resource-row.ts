import type { Operation, Severity, StepMetadata } from "../events";
import { isObject, type PropertyValue, signatureOf } from "../property-value";
import { nameOf, operationText, STACK_TYPE, simpleType, typeOf } from "./operation-text";
import { diffMaps } from "./property-diff";

export interface Diagnostic {
  message: string;
  severity: Severity;
  ephemeral: boolean;
}

export interface RowView {
  preview: boolean;
  /** The deployment has ended. */
  over: boolean;
  /** Milliseconds since 1970: what elapsed times are counted from. */
  now: number;
  /** The row is redrawn and stands for all steps of its resource; else each step has a line. */
  oneRow?: boolean;
}

const HALVES = new Set<Operation>(["create-replacement", "delete-replaced"]);

/** What is known of one resource while a deployment runs, and how that reads in one line. */
export class ResourceRow {
  step?: StepMetadata;
  /** The middle step of a replacement, which knows what changed. */
  replacement?: StepMetadata;
  failed = false;
  /** Its last step has ended; the stack ends with the deployment. */
  ended = false;
  diagnostics: Diagnostic[] = [];
  last?: Diagnostic;
  startedAt?: number;
  endedAt?: number;

  constructor(readonly urn: string) {}

  get isStack(): boolean {
    return typeOf(this.urn) === STACK_TYPE;
  }

  count(...severities: Severity[]): number {
    return this.diagnostics.filter(({ severity }) => severities.includes(severity)).length;
  }

  get hasErrors(): boolean {
    return this.failed || this.count("error") > 0;
  }

  /** Mark, type, name, status and information. */
  columns(view: RowView): [string, string, string, string, string] {
    const done = this.ended || view.over;
    const text = operationText(this.shownOperation(view));
    const mark = done && this.step?.op === "refresh" ? "   " : text.mark;
    return [mark, simpleType(typeOf(this.urn)), nameOf(this.urn), this.status(view, done), this.info(view.over)];
  }

  /** The step as it is shown: where a row stands for all steps of its resource, a replacement before and after its halves. */
  shownOperation({ preview, over, oneRow }: RowView): Operation {
    const op = this.step?.op ?? "same";
    return oneRow && (preview || over) && HALVES.has(op) ? "replace" : op;
  }

  private status(view: RowView, done: boolean): string {
    const { preview, now } = view;
    const text = operationText(this.shownOperation(view));
    if (text.running === "") {
      if (!this.isStack) return done && this.hasErrors && !preview ? "**failed**" : "";
      if (done) return this.hasErrors && !preview ? "**failed**" : "";
      return this.step ? "running" : "";
    }
    const retained = this.step?.old?.retainOnDelete && text.planned.startsWith("delete") ? "[retain]" : "";
    if (preview) return text.planned + retained;
    if (done && this.hasErrors) return `**${text.running.split(" ")[0]} failed**`;
    const seconds = Math.floor(((done ? (this.endedAt ?? now) : now) - (this.startedAt ?? now)) / 1000);
    return `${done ? text.done : text.running} (${seconds}s)${retained}`;
  }

  private info(over: boolean): string {
    const parts = [];
    const step = HALVES.has(this.step?.op ?? "same") ? (this.replacement ?? this.step) : this.step;
    const diff = step ? diffSummary(step) : "";
    if (diff) parts.push(`[diff: ${diff}]`);
    if (over) parts.push(...this.counts());
    else if (this.last) parts.push(firstLine(this.last));
    return parts.join("; ").split("\n")[0] as string;
  }

  private counts(): string[] {
    const count = (number: number, word: string) => (number > 0 ? [`${number} ${word}${number === 1 ? "" : "s"}`] : []);
    return [
      ...count(this.count("error"), "error"),
      ...count(this.count("warning"), "warning"),
      ...count(this.count("info", "info#err"), "message"),
    ];
  }
}

/** `warning: ` and the like, as shown before a message. */
export function severityPrefix(severity: Severity): string {
  return severity === "error" || severity === "warning" || severity === "debug" ? `${severity}: ` : "";
}

function firstLine({ message, severity }: Diagnostic): string {
  return severityPrefix(severity) + (message.trimEnd().split("\n")[0] as string);
}

/** Changed top-level keys with their marks: `+environment,~create`. */
export function diffSummary({ old, new: now, detailedDiff, diffs }: StepMetadata): string {
  if (!old || !now) return "";
  const marks: Record<"+" | "-" | "~", Set<string>> = { "+": new Set(), "-": new Set(), "~": new Set() };
  if (detailedDiff) {
    for (const [path, { diffKind }] of Object.entries(detailedDiff)) {
      const key = /^\["((?:[^"\\]|\\.)*)"\]|^[^.[]+/.exec(path);
      const top = key?.[1] ?? key?.[0] ?? path;
      const whole = path === key?.[0];
      marks[whole && diffKind.startsWith("add") ? "+" : whole && diffKind.startsWith("delete") ? "-" : "~"].add(top);
    }
  } else {
    const entries = diffMaps(withoutInternal(old.inputs), withoutInternal(now.inputs))?.entries ?? {};
    for (const [key, { kind }] of Object.entries(entries)) {
      if (kind !== "same") marks[kind === "add" ? "+" : kind === "delete" ? "-" : "~"].add(key);
    }
  }
  if (old.provider !== now.provider) marks["~"].add("provider");
  if (!!old.protect !== !!now.protect) marks["~"].add("protect");
  const included = (key: string) => !diffs?.length || diffs.includes(key) || key === "provider" || key === "protect";
  return (["+", "-", "~"] as const)
    .map((mark) => [mark, [...marks[mark]].filter(included).sort().join(",")] as const)
    .map(([mark, keys]) => (keys ? mark + keys : ""))
    .join("");
}

/** Keys that the engine keeps for itself start with two underscores. */
export function withoutInternal(map: PropertyValue | undefined): Record<string, PropertyValue> {
  if (!isObject(map) || signatureOf(map) !== undefined) return {};
  return Object.fromEntries(Object.entries(map).filter(([key]) => !key.startsWith("__")));
}
