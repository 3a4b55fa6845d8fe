/** Characters of what a project's command prints that are kept, from the end, for each channel. */
export const KEPT_CHARACTERS = 2_000_000;

/**
 * The last lines of a text, within that: a command may print without end. Cut between two lines, so that no half of a
 * secret is left, which masking would not know; of a line longer than that nothing is.
 */
export function keptEnd(text: string): string {
  if (text.length <= KEPT_CHARACTERS) return text;
  return text.slice(text.indexOf("\n", text.length - KEPT_CHARACTERS - 1) + 1 || text.length);
}
