import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { type ColorChoice, palette, wantsColor } from "../terminal/palette";
import { rotate } from "./rotated-file";
import { runId } from "./run-id";

export type Level = "INFO" | "WARN" | "ERROR";

/** What is lost where the file cannot be written. */
const NOT_WRITTEN = "not in the log file";

/** Beside the log file: its lines with the run that each belongs to, as JSON. */
export function runsFile(log: string): string {
  return join(dirname(log), "runs.jsonl");
}

/** Logs in the contract's format (SC-02): information on stdout, the rest on stderr, all of it to the log file. */
export class Log {
  /** What of the files went wrong and was told. */
  private readonly toldLosses = new Set<string>();
  /** First lines of all messages, where each is to be told once. */
  private readonly told = new Set<string>();
  /** A line stands on the terminal that is to go. */
  private isPassing = false;
  /** Messages of the errors so far, for what tells how it all ended. */
  readonly errors: string[] = [];

  constructor(
    private readonly file: string,
    private readonly options: {
      now?: () => Date;
      /** Where information goes; `nowhere`, with all the rest, for a process that nobody reads. Default stdout. */
      informationTo?: "stdout" | "stderr" | "nowhere";
      /** Of lines on a terminal that say how something went; default `auto`. The file has none. */
      color?: ColorChoice;
      /** `once`: what begins with a line that was told before is left out, for what is tried again and again. */
      each?: "once";
    } = {},
  ) {
    this.toFile(() => mkdirSync(dirname(file), { recursive: true }));
  }

  info(message: string): void {
    this.write("INFO", message);
  }

  /** Information that something went well. */
  success(message: string): void {
    this.write("INFO", message, "green");
  }

  warn(message: string): void {
    this.write("WARN", message, "yellow");
  }

  error(message: string): void {
    this.errors.push(message);
    this.write("ERROR", message, "red");
  }

  /**
   * Shows a line on a terminal until the next one takes its place, and nowhere else; `false` where there is no terminal
   * whose lines can be redrawn.
   */
  passing(text: string): boolean {
    const { isTTY, columns } = process.stderr;
    if (this.options.informationTo === "nowhere" || !isTTY || process.env.TERM === "dumb") return false;
    process.stderr.write(`\r${text.slice(0, (columns || 80) - 1)}\u001b[K`);
    this.isPassing = true;
    return true;
  }

  private write(level: Level, message: string, color?: "green" | "yellow" | "red"): void {
    if (this.options.each === "once") {
      const [first = ""] = message.split("\n");
      if (this.told.has(first)) return;
      this.told.add(first);
    }
    const now = this.options.now?.() ?? new Date();
    const line = `[${timestamp(now)}] ${level}: ${message}`;
    const { informationTo = "stdout" } = this.options;
    if (this.isPassing) process.stderr.write("\r\u001b[K");
    this.isPassing = false;
    if (informationTo !== "nowhere") this.show(process[level === "INFO" ? informationTo : "stderr"], line, color);
    const runs = runsFile(this.file);
    const told = { run: runId(), at: now.toISOString(), level, message };
    this.toFile(() => {
      rotate(this.file);
      rotate(runs);
    }, "the log file is not rotated");
    this.toFile(() => {
      appendFileSync(this.file, `${line}\n`);
      appendFileSync(runs, `${JSON.stringify(told)}\n`);
    });
  }

  private show(stream: NodeJS.WriteStream, line: string, color: "green" | "yellow" | "red" | undefined): void {
    const isColored = color && wantsColor(this.options.color ?? "auto", stream.isTTY, process.env);
    stream.write(`${isColored ? palette(true)[color](line) : line}\n`);
  }

  /** A full disk or a folder of another user is told once, and hides nothing of what the command has to say. */
  private toFile(action: () => void, lost = NOT_WRITTEN): void {
    try {
      action();
    } catch (error) {
      if (this.toldLosses.has(lost) || this.toldLosses.has(NOT_WRITTEN)) return;
      this.toldLosses.add(lost);
      process.stderr.write(
        `[${timestamp(this.options.now?.() ?? new Date())}] WARN: ${lost}: ${(error as Error).message}\n`,
      );
    }
  }
}

/** `YYYY-MM-DD HH:MM:SS` in UTC. */
export function timestamp(date: Date): string {
  return date.toISOString().slice(0, 19).replace("T", " ");
}
