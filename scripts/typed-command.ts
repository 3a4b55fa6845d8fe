/** Options of every command that take a value. */
const VALUED = new Set(["-C", "--cwd", "--color"]);

/** The command of a command line, also of one that is not understood; nothing where none is named. */
export function typedCommand(args: string[]): string | undefined {
  const at = args.findIndex((arg, index) => !arg.startsWith("-") && !VALUED.has(args[index - 1] ?? ""));
  return args[at];
}
