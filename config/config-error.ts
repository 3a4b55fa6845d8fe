/** One mistake of an operator, with the place to edit. */
export interface Mistake {
  file: string;
  /** From 1. */
  line: number;
  column: number;
  /** Path from the root of the YAML, `/` between its keys; "" for the file as a whole. */
  path: string;
  /** What was found, what is allowed, what to do. Never shows a value that could be a secret. */
  text: string;
}

/** Mistakes that a message shows; a file of the wrong kind can have one on every line. */
const SHOWN = 100;

/** Everything that is wrong in `projects.yml` and the stack's configuration, found before anything is touched. */
export class ConfigError extends Error {
  /** Pulumi prints such an error without a stack trace (`RunError` of its SDK). */
  readonly __pulumiRunError = true;

  constructor(readonly mistakes: Mistake[]) {
    super(message(mistakes));
    this.name = "ConfigError";
  }
}

function message(mistakes: Mistake[]): string {
  const lines = mistakes.slice(0, SHOWN).map(({ file, line, column, path, text }) => {
    return `${file}:${line}:${column} ${path === "" ? "" : `${path}: `}${text}`;
  });
  const more = mistakes.length - lines.length;
  return [...lines, ...(more > 0 ? [`and ${more} more mistakes`] : [])].join("\n");
}

/** By file in the order given, then by position. */
export function sortedMistakes(mistakes: Mistake[]): Mistake[] {
  const files = [...new Set(mistakes.map(({ file }) => file))];
  return mistakes.toSorted(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
}
