import type { Log } from "../../host/log";

/** Keeps what the host program says, a line each with its level. */
export class KeptLog {
  readonly lines: string[] = [];

  info(message: string): void {
    this.lines.push(`INFO: ${message}`);
  }

  success(message: string): void {
    this.info(message);
  }

  warn(message: string): void {
    this.lines.push(`WARN: ${message}`);
  }

  error(message: string): void {
    this.lines.push(`ERROR: ${message}`);
  }

  /** There is no terminal. */
  passing(): boolean {
    return false;
  }

  /** As the host's functions take it. */
  get log(): Log {
    return this as unknown as Log;
  }

  get text(): string {
    return this.lines.join("\n");
  }
}
