const SECRET_NAME = /passwd|pass|password|pwd|secret|token/i;
const BITS_OF_A_SECRET = 80;
const BITS_A_CHARACTER = 3;

/**
 * Whether a plain value had better be encrypted: its key is named like a secret and it has the variety of one. A rough
 * estimate of Pulumi's rule, which rates passwords by a dictionary; a wrong guess costs a `--plaintext`.
 */
export function looksLikeSecret(key: string, value: string): boolean {
  if (!SECRET_NAME.test(key)) return false;
  const bits = value.length * entropyPerCharacter(value);
  return bits >= BITS_OF_A_SECRET && bits / value.length >= BITS_A_CHARACTER && /\d/.test(value) && !/\s/.test(value);
}

function entropyPerCharacter(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}
