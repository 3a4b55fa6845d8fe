import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

export type Level = "INFO" | "WARN" | "ERROR";

/** Logs in the contract's format (SC-02): information on stdout, the rest on stderr, all of it to the log file. */
export class Log {
  constructor(
    private readonly file: string,
    private readonly options: { now?: () => Date /** Only to the file. Default false. */; quiet?: boolean } = {},
  ) {
    mkdirSync(dirname(file), { recursive: true });
  }

  info(message: string): void {
    this.write("INFO", message);
  }

  warn(message: string): void {
    this.write("WARN", message);
  }

  error(message: string): void {
    this.write("ERROR", message);
  }

  private write(level: Level, message: string): void {
    const line = `[${timestamp(this.options.now?.() ?? new Date())}] ${level}: ${message}\n`;
    if (!this.options.quiet) (level === "INFO" ? process.stdout : process.stderr).write(line);
    appendFileSync(this.file, line);
  }
}

/** `YYYY-MM-DD HH:MM:SS` in UTC. */
export function timestamp(date: Date): string {
  return date.toISOString().slice(0, 19).replace("T", " ");
}
