export const COLOR_CHOICES = ["always", "never", "raw", "auto"] as const;
export type ColorChoice = (typeof COLOR_CHOICES)[number];

/** Colours text, or leaves it as it is. Colour never carries meaning alone: every mark and word is there without it. */
export interface Palette {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
  blue(text: string): string;
  magenta(text: string): string;
}

/** Colour is on when asked for, or on a terminal that wants it (`NO_COLOR`, `TERM=dumb`). */
export function wantsColor(choice: ColorChoice, isTerminal: boolean, environment: NodeJS.ProcessEnv): boolean {
  if (choice === "always") return true;
  return choice === "auto" && isTerminal && !environment.NO_COLOR && environment.TERM !== "dumb";
}

/** What `--color` says in a command line that is not read yet. */
export function chosenColor(args: string[]): ColorChoice {
  const at = args.findIndex((arg) => arg === "--color" || arg.startsWith("--color="));
  const choice = at < 0 ? undefined : (args[at]?.split("=")[1] ?? args[at + 1]);
  return COLOR_CHOICES.find((known) => known === choice) ?? "auto";
}

export function palette(enabled: boolean): Palette {
  const paint = (code: number) => (text: string) => (enabled && text !== "" ? `\u001b[${code}m${text}\u001b[0m` : text);
  return {
    bold: paint(1),
    dim: paint(2),
    green: paint(32),
    yellow: paint(33),
    red: paint(31),
    blue: paint(34),
    magenta: paint(35),
  };
}
