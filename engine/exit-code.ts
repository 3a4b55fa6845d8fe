/** Exit codes of Pulumi's CLI (sdk/go/common/util/cmdutil/exit.go), as far as this engine ends with them. */
export const EXIT = {
  success: 0,
  failure: 1,
  usage: 2,
  stackNotFound: 6,
  unexpectedChanges: 7,
  canceled: 8,
} as const;

/** An error whose message is for the user as it is; ends the command with `exitCode`. */
export class CommandError extends Error {
  override name = "CommandError";

  constructor(
    message: string,
    readonly exitCode: number = EXIT.failure,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** For what this engine leaves to Pulumi's own CLI. */
export function notEmbedded(what: string): CommandError {
  return new CommandError(
    `${what} is not supported by the embedded engine; use Pulumi's CLI for this (SLIPWAY_ENGINE=official)`,
    EXIT.usage,
  );
}
