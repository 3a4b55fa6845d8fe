/** Values shorter than this stand in too many other words. */
const SHORTEST = 6;

/**
 * What a container printed, with the name of a variable in place of its value: an application may print its secrets, and
 * these lines go to logs, terminals and messages. Of an address the password alone is replaced, too.
 */
export function masked(text: string, env: Record<string, string>): string {
  const parts = Object.entries(env).flatMap(([name, value]) => [
    { name, value },
    ...passwordsIn(value).map((password) => ({ name, value: password })),
  ]);
  return parts
    .filter(({ value }) => value.length >= SHORTEST)
    .sort((a, b) => b.value.length - a.value.length)
    .reduce((shown, { name, value }) => shown.replaceAll(value, `[${name}]`), text);
}

function passwordsIn(value: string): string[] {
  if (!URL.canParse(value)) return [];
  const { password } = new URL(value);
  return [...new Set([password, decoded(password)])];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
