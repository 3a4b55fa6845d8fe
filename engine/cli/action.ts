import { type Command, InvalidArgumentError } from "commander";
import type { GlobalOptions } from "./global-options";
import type { RunFlags } from "./run";

export function withStack(command: Command): Command {
  return command.option("-s, --stack <name>", "the stack to work on (default: the selected one)");
}

export function withJson(command: Command): Command {
  return command.option("-j, --json", "as JSON");
}

/** Help begins with what is typed most; the path of its parent goes before each. */
export function withExamples(command: Command, lines: string[]): Command {
  const text = () => {
    const before = command.parent ? commandPath(command.parent) : "";
    return `Examples:\n${lines.map((line) => `  ${before} ${line}\n`).join("")}`;
  };
  return command.addHelpText("before", text);
}

type Action = (flags: GlobalOptions & RunFlags, ...args: (string | undefined)[]) => Promise<unknown>;

/** Options of all levels together, arguments after them; the result is the exit code. */
export function run(action: Action): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    const stray = command.commands.length > 0 ? command.args[0] : undefined;
    if (stray !== undefined) throw (await import("./refusals")).strayArgument(stray, commandPath(command));
    const code = await action(command.optsWithGlobals(), ...(args.slice(0, -2) as (string | undefined)[]));
    process.exitCode = typeof code === "number" ? code : 0;
  };
}

function commandPath(command: Command): string {
  return command.parent ? `${commandPath(command.parent)} ${command.name()}` : command.name();
}

/** Flags that the user gave, as the history keeps them. */
export function given(command: Command): Record<string, string> {
  const flags: Record<string, string> = {};
  for (let level: Command | null = command; level; level = level.parent) {
    for (const option of level.options) {
      if (level.getOptionValueSource(option.attributeName()) !== "cli") continue;
      flags[`pulumi.flag.${option.long?.slice(2)}`] = option.isBoolean() ? "true" : "set";
    }
  }
  return flags;
}

export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}

export function positiveInteger(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError(`"${text}" is not a whole number above 0`);
  return number;
}
