import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

export type Level = "INFO" | "WARN" | "ERROR";

/** Logs in the contract's format (SC-02): information on stdout, the rest on stderr, all of it to the log file. */
export class Log {
  private isFileLost = false;
  /** Messages of the errors so far, for what tells how it all ended. */
  readonly errors: string[] = [];

  constructor(
    private readonly file: string,
    private readonly options: {
      now?: () => Date;
      /** Where information goes; `nowhere`, with all the rest, for a process that nobody reads. Default stdout. */
      informationTo?: "stdout" | "stderr" | "nowhere";
    } = {},
  ) {
    this.toFile(() => mkdirSync(dirname(file), { recursive: true }));
  }

  info(message: string): void {
    this.write("INFO", message);
  }

  warn(message: string): void {
    this.write("WARN", message);
  }

  error(message: string): void {
    this.errors.push(message);
    this.write("ERROR", message);
  }

  private write(level: Level, message: string): void {
    const line = `[${this.time()}] ${level}: ${message}\n`;
    const { informationTo = "stdout" } = this.options;
    if (informationTo !== "nowhere") process[level === "INFO" ? informationTo : "stderr"].write(line);
    this.toFile(() => appendFileSync(this.file, line));
  }

  private time(): string {
    return timestamp(this.options.now?.() ?? new Date());
  }

  /** A full disk or a folder of another user is told once, and hides nothing of what the command has to say. */
  private toFile(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (this.isFileLost) return;
      this.isFileLost = true;
      process.stderr.write(`[${this.time()}] WARN: not in the log file: ${(error as Error).message}\n`);
    }
  }
}

/** `YYYY-MM-DD HH:MM:SS` in UTC. */
export function timestamp(date: Date): string {
  return date.toISOString().slice(0, 19).replace("T", " ");
}
