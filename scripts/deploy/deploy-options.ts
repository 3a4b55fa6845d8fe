import { parseArgs } from "node:util";
import { seeAlso } from "../../engine/cli/doc-page";
import { errorJson } from "../../engine/cli/error-json";
import { USAGE_CODE } from "../../host/cli/error-codes";

/** Seconds that a command waits for another one on the same stack (edge case: an `up` with a long migration). */
const LOCK_WAIT_SECONDS = 900;

export const COMMON_OPTIONS = {
  stack: { type: "string", short: "s" },
  yes: { type: "boolean", short: "y" },
  json: { type: "boolean" },
  "lock-wait": { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/** Exit code of every wrong use. */
export const USAGE_EXIT = 1;

/** A command line that cannot be understood; its usage is shown. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** Throws `UsageError`. */
export function parsed<O extends NonNullable<Parameters<typeof parseArgs>[0]>["options"]>(
  args: string[],
  options: O,
  most: number,
) {
  try {
    const result = parseArgs({ args, options, allowPositionals: true });
    const extra = result.positionals[most];
    if (extra !== undefined) throw new Error(`one argument too many: ${extra}`);
    return result;
  } catch (error) {
    throw new UsageError((error as Error).message.split(". ")[0] ?? "");
  }
}

/** Throws `UsageError`. */
export function lockWaitSeconds(text: string | undefined): number {
  if (text === undefined) return LOCK_WAIT_SECONDS;
  if (!/^\d{1,6}$/.test(text)) throw new UsageError(`--lock-wait ${text}: a whole number of seconds`);
  return Number(text);
}

/** Prints the usage where it is asked for or the command line is wrong, and runs the command otherwise. */
export async function withUsage(args: string[], usage: string, command: () => Promise<number>): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(usage);
    return 0;
  }
  try {
    return await command();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const { message } = error;
    const told = `error: ${message}\n\n${usage}${seeAlso(USAGE_CODE)}`;
    process.stderr.write(args.includes("--json") ? errorJson({ code: USAGE_CODE, message }) : told);
    return USAGE_EXIT;
  }
}
