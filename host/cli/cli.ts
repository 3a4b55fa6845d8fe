import { parseArgs } from "node:util";
import { nearest } from "../../config/nearest";
import { seeAlso } from "../../engine/cli/doc-page";
import { errorJson } from "../../engine/cli/error-json";
import { INTERRUPTED } from "../../terminal/end-signals";
import { COLOR_CHOICES, chosenColor } from "../../terminal/palette";
import { ContractError } from "../contract-error";
import { platformDescription } from "../description";
import { explain } from "../explain";
import { whoami } from "../intent";
import { listenForInterrupts, stopped } from "../interruption";
import type { Layout } from "../layout";
import { Log } from "../log";
import { type BegunRun, beginRun } from "../run-records";
import { type Call, type CliCommand, UsageError } from "./command";
import { errorCode } from "./error-codes";
import { nagiosUnknown } from "./nagios";
import { operations } from "./operations";
import { terminal } from "./terminal";

const OK = 0;
const FAILED = 1;

/** Loaded one by one, so that each answers at once. */
const COMMANDS: Record<string, () => Promise<CliCommand>> = {
  backup: async () => (await import("./backup")).backup,
  restore: async () => (await import("./restore")).restore,
  rollback: async () => (await import("./rollback")).rollback,
  downgrade: async () => (await import("./downgrade")).downgrade,
  "health-check": async () => (await import("./health-check")).healthCheck,
  runs: async () => (await import("./runs")).runs,
  "deployment-status": async () => (await import("./deployment-status")).deploymentStatus,
};

/** What a test puts in place of this process' own. */
export type Surroundings = Partial<Pick<Call, "operations" | "terminal" | "print" | "now">>;

/** Runs a command as an operator typed it; resolves with its exit code (section SC of the requirements). */
export async function cli(
  layout: Layout,
  [name = "", ...args]: string[],
  surroundings: Surroundings = {},
): Promise<number> {
  const load = COMMANDS[name];
  const names = Object.keys(COMMANDS);
  const print = surroundings.print ?? ((text: string) => void process.stdout.write(text));
  if (!load) {
    const usage = `usage: host.js cli COMMAND [ARGUMENTS], where COMMAND is one of ${names.join(", ")}\n`;
    if (name === "--help" || name === "-h") print(usage);
    else process.stderr.write(`error: ${unknownCommand(name, names)}\n${usage}`);
    return name === "--help" || name === "-h" ? OK : FAILED;
  }
  const command = await load();
  if (args.includes("--help") || args.includes("-h")) {
    print(command.usage);
    return OK;
  }
  const json = args.includes("--json");
  const isPlugin = name === "health-check" && args.includes("--nagios");
  const log = new Log(layout.log, { informationTo: json || isPlugin ? "stderr" : "stdout", color: chosenColor(args) });
  let thrown: Error | undefined;
  let begun: BegunRun | undefined;
  const attempt = async () => {
    try {
      const { given, options } = parse(command, args);
      using _listening = command.isOperation ? listenForInterrupts((text) => log.warn(text)) : undefined;
      await refuseOtherStack(layout, options.stack);
      if (command.isOperation) begun = beginRun(layout, log, [name, ...args]);
      const own = { operations, terminal, print, now: new Date(), ...surroundings };
      return await command.run({ layout, log, given, options, json, by: whoami(), ...own });
    } catch (error) {
      thrown = error as Error;
      log.error(explain(thrown));
      if (isPlugin) {
        const { text, exitCode } = nagiosUnknown(explain(thrown));
        print(text);
        return exitCode;
      }
      if (thrown instanceof UsageError && !json) process.stderr.write(`\n${command.usage}`);
      return (error as { exitCode?: number }).exitCode ?? FAILED;
    }
  };
  const ended = await attempt();
  const exitCode = ended !== OK && stopped.aborted ? INTERRUPTED : ended;
  begun?.end(exitCode);
  if (exitCode !== OK && !isPlugin) {
    const code = errorCode(name, exitCode, thrown);
    process.stderr.write(json ? errorJson({ code, message: log.errors.join("\n") }) : seeAlso(code));
  }
  return exitCode;
}

function unknownCommand(name: string, known: string[]): string {
  if (name === "") return "no command is given";
  const guess = nearest(name, known);
  return `unknown command ${name}${guess === undefined ? "" : `; did you mean ${guess}?`}`;
}

function parse(command: CliCommand, args: string[]): Pick<Call, "given" | "options"> {
  const options = {
    stack: { type: "string" as const, short: "s" },
    json: { type: "boolean" as const },
    color: { type: "string" as const },
    ...command.options,
  };
  const unknown = args.find((arg) => /^--./.test(arg) && !Object.hasOwn(options, nameOf(arg)));
  if (unknown !== undefined) {
    const guess = nearest(nameOf(unknown), [...Object.keys(options), "help"]);
    throw new UsageError(
      `unknown option --${nameOf(unknown)}${guess === undefined ? "" : `; did you mean --${guess}?`}`,
    );
  }
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/\. To specify.*$/s, ""));
  }
  const extra = parsed.positionals[command.mostArguments];
  if (extra !== undefined) throw new UsageError(`too many arguments: ${extra}`);
  const { color } = parsed.values;
  if (color !== undefined && !COLOR_CHOICES.some((known) => known === color)) {
    throw new UsageError(`--color ${color}; allowed: ${COLOR_CHOICES.join(", ")}`);
  }
  return { given: parsed.positionals, options: parsed.values as Call["options"] };
}

/** `stack` of `--stack=local`. */
function nameOf(option: string): string {
  return option.slice(2).split("=", 1)[0] as string;
}

/** A host has one stack; who names another has the wrong host. */
async function refuseOtherStack(layout: Layout, wanted: Call["options"][string]): Promise<void> {
  if (wanted === undefined) return;
  const { stack } = await platformDescription(layout);
  if (wanted !== stack) throw new ContractError(`this host runs stack "${stack}", not "${wanted}"`, FAILED);
}
