/** So many characters of a failed command's output are in the error; the end is where the reason is. */
const TAIL = 16_384;

/** A command that did not end well. Says how it ended, what ran and what it printed; never its environment or stdin. */
export class CommandError extends Error {
  constructor(how: string, command: string, output: string) {
    super(`${how}: running ${JSON.stringify(command)}:\n${tail(output)}`);
    this.name = "CommandError";
  }
}

function tail(output: string): string {
  if (output.length <= TAIL) return output;
  const kept = output.slice(-TAIL);
  return `(only the end of its output)\n${kept.slice(kept.indexOf("\n") + 1)}`;
}
