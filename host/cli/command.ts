import type { ParseArgsConfig } from "node:util";
import type { Layout } from "../layout";
import type { Log } from "../log";
import type { Operations } from "./operations";

/** A command that an operator types on a host. */
export interface CliCommand {
  /** Shown by `--help` and after a mistake: examples first, at most a screen. */
  usage: string;
  /** Those beside `--help`, `--stack` and `--json`. */
  options?: NonNullable<ParseArgsConfig["options"]>;
  /** Most arguments that are no options. */
  mostArguments: number;
  /** Changes something: it says first which run it is, by which its traces are found. Default false. */
  isOperation?: boolean;
  /** Resolves with the exit code. */
  run(call: Call): Promise<number>;
}

/** One call of a command. */
export interface Call {
  layout: Layout;
  /** Its information goes to stderr where `json` is asked for. */
  log: Log;
  /** Those that are no options. */
  given: string[];
  options: Record<string, string | boolean | undefined>;
  json: boolean;
  /** Who calls, e.g. `ann@droplet-1`. */
  by: string;
  terminal: Terminal;
  operations: Operations;
  /** Data, to stdout. */
  print(text: string): void;
  now: Date;
}

export interface Terminal {
  /** Whether there is somebody to ask. */
  isInteractive: boolean;
  /** "" when the input ended. */
  ask(question: string): Promise<string>;
}

/** The command was typed wrong: exit code 1, with usage (SC-01). */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}
