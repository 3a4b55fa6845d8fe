/** A shell command that does nothing, successfully. */
export const NOTHING = ":";

/** Line that runs a command of the host program; the request comes on stdin. */
export function hostCommand(program: string, verb: string): string {
  return `exec node ${shellQuote(program)} ${verb}`;
}

function shellQuote(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
