import type { EngineEvent } from "../events";
import type { RunResult } from "../index";
import { closingBlocks, type Display, type DisplayOptions, titleOf } from "./plain-display";
import { Progress } from "./progress";
import { treeLines } from "./tree-lines";

/** Redrawn at most this often, in milliseconds, and once a second for the elapsed times. */
const SHORTEST_INTERVAL = 60;
const TICK = 1000;

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
/** Terminals that know it show a frame whole; others ignore it. */
const FRAME_BEGINS = "\u001b[?2026h";
const FRAME_ENDS = "\u001b[?2026l";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

interface Screen {
  columns?: number;
  rows?: number;
}

/** A tree that is redrawn in place, for terminals. Each frame is one write, lines are overwritten and never wrap. */
export class TreeDisplay implements Display {
  private readonly progress: Progress;
  private readonly said: string[] = [];
  private readonly tick = setInterval(() => this.draw(), TICK).unref();
  private pending?: NodeJS.Timeout;
  private drawn: number[] = [];

  constructor(
    private readonly options: DisplayOptions,
    private readonly screen: Screen = process.stdout,
  ) {
    this.progress = new Progress(options.stackUrn, options.planning);
    options.write(`${titleOf(options)}\n\n${HIDE_CURSOR}`);
  }

  event(event: EngineEvent): void {
    this.progress.apply(event, Date.now());
    this.pending ??= setTimeout(() => this.draw(), SHORTEST_INTERVAL).unref();
  }

  say(line: string): void {
    this.said.push(...line.split("\n"));
    this.draw();
  }

  close(result: RunResult | undefined): void {
    clearInterval(this.tick);
    clearTimeout(this.pending);
    this.progress.over = result !== undefined;
    this.draw(Number.POSITIVE_INFINITY);
    this.options.write(SHOW_CURSOR + (result ? `\n${closingBlocks(this.progress, this.options)}` : ""));
  }

  private draw(height = (this.screen.rows ?? 24) - 1): void {
    clearTimeout(this.pending);
    this.pending = undefined;
    const width = this.screen.columns ?? 80;
    const lines = [
      ...treeLines(this.progress, {
        width,
        height: height - this.said.length,
        now: Date.now(),
        palette: this.options.palette,
      }),
      ...this.said,
    ];
    const frame = lines.map((line) => `${line}${CLEAR_LINE}\n`).join("");
    this.options.write(`${FRAME_BEGINS}${this.toTop(width)}${frame}${CLEAR_BELOW}${FRAME_ENDS}`);
    this.drawn = lines.map(visibleLength);
  }

  /** Lines of the last frame may have been wrapped since, when the window became narrower. */
  private toTop(width: number): string {
    const height = this.drawn.reduce((sum, length) => sum + Math.max(1, Math.ceil(length / width)), 0);
    return height > 0 ? `\r\u001b[${height}A` : "";
  }
}

function visibleLength(line: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with the escape character
  return [...line.replace(/\u001b\[[\d;]*m/g, "")].length;
}
