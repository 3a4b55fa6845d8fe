import type { Palette } from "../../terminal/palette";
import type { EngineEvent } from "../events";
import type { RunKind, RunResult } from "../index";
import { operationText } from "./operation-text";
import { Progress } from "./progress";
import type { ResourceRow } from "./resource-row";
import { diagnosticsBlock, durationText, outputsBlock, resourcesBlock } from "./summary-blocks";

/** What a run looks like while it lasts, and how it ends. */
export interface Display {
  event(event: EngineEvent): void;
  /** A line that is no event: Ctrl-C was heard, a lock was taken over. */
  say(line: string): void;
  /** After the last event: the closing blocks. Without a result the run ended by an error that is printed next. */
  close(result: RunResult | undefined): void;
}

export interface DisplayOptions {
  kind: RunKind;
  /** Whether nothing is changed: the preview of whatever kind. */
  planning: boolean;
  stack: string;
  stackUrn: string;
  palette: Palette;
  showSecrets: boolean;
  suppressOutputs: boolean;
  write(text: string): void;
}

const TITLES: Record<RunKind, string> = {
  update: "Updating",
  refresh: "Refreshing",
  destroy: "Destroying",
};
const PLANNED_TITLES: Record<RunKind, string> = {
  update: "Previewing update",
  refresh: "Previewing refresh",
  destroy: "Previewing destroy",
};

export function titleOf({ kind, planning, stack, palette }: DisplayOptions): string {
  return palette.bold(palette.magenta(`${(planning ? PLANNED_TITLES : TITLES)[kind]} (${stack}):`));
}

/** One line whenever something happens; for logs and pipes. */
export class PlainDisplay implements Display {
  private readonly progress: Progress;

  constructor(private readonly options: DisplayOptions) {
    this.progress = new Progress(options.stackUrn, options.planning);
  }

  event(event: EngineEvent): void {
    if (event.kind === "prelude") this.options.write(`${titleOf(this.options)}\n\n`);
    const row = this.progress.apply(event, Date.now());
    if (row) this.line(row);
  }

  say(line: string): void {
    this.options.write(`${line}\n`);
  }

  close(result: RunResult | undefined): void {
    if (!result) return;
    this.progress.over = true;
    const { stack } = this.progress;
    if (!stack.ended && (stack.step || stack.diagnostics.length > 0)) this.line(stack);
    this.options.write(closingBlocks(this.progress, this.options));
  }

  private line(row: ResourceRow): void {
    const { over, preview } = this.progress;
    const [mark, ...rest] = row.columns({ preview, over, now: Date.now() });
    const color = this.options.palette[operationText(row.step?.op ?? "same").color];
    this.options.write(`${[color(mark), ...rest].join(" ")}\n`);
  }
}

/** Diagnostics, Outputs, Resources, Duration: the order is Pulumi's. */
export function closingBlocks(progress: Progress, options: DisplayOptions): string {
  const { palette, showSecrets, suppressOutputs } = options;
  const duration = progress.preview
    ? ""
    : `\n${palette.bold("Duration:")} ${durationText(progress.summary?.durationSeconds ?? 0)}\n`;
  return [
    diagnosticsBlock(progress, palette),
    suppressOutputs ? "" : outputsBlock(progress, { palette, showSecrets }),
    resourcesBlock(progress, palette),
    duration,
    "\n",
  ].join("");
}
