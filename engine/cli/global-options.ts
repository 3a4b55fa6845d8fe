import type { ColorChoice } from "../../terminal/palette";

/** Options that every command takes. */
export interface GlobalOptions {
  cwd?: string;
  color: ColorChoice;
  /** Commander's spelling of `--non-interactive` and `--interactive`. */
  nonInteractive?: boolean;
  stack?: string;
  debug?: boolean;
}

/** Whether questions can be asked and lines be redrawn. */
export function isInteractive({ nonInteractive }: GlobalOptions, environment = process.env): boolean {
  return !nonInteractive && !!process.stdin.isTTY && !!process.stdout.isTTY && environment.TERM !== "dumb";
}
