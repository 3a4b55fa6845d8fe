import type { ConfigNode } from "./stack-file";

/** What decrypts a secret of a stack file; its text is the plain string. */
export type Decrypt = (ciphertext: string) => string;

/** A whole configuration as a program gets it: every value a string, objects as JSON. */
export interface ProgramConfig {
  /** `namespace:name` to value, secrets decrypted. */
  values: Record<string, string>;
  /** Keys whose value is, or contains, a secret. */
  secretKeys: string[];
}

/** One entry as `config --json` shows it. `value` is left out for a secret that is not shown. */
export interface ConfigEntry {
  value?: string;
  objectValue?: unknown;
  secret: boolean;
}

export const MASK = "[secret]";

export function isSecure(node: ConfigNode): node is { secure: string } {
  return isMapNode(node) && typeof node.secure === "string" && Object.keys(node).length === 1;
}

export function hasSecure(node: ConfigNode): boolean {
  if (Array.isArray(node)) return node.some(hasSecure);
  return isSecure(node) || (isMapNode(node) && Object.values(node).some(hasSecure));
}

/** The node with every secret replaced by what `reveal` makes of it. */
export function reveal(node: ConfigNode, decrypt: Decrypt): ConfigNode {
  if (Array.isArray(node)) return node.map((entry) => reveal(entry, decrypt));
  if (isSecure(node)) return decrypt(node.secure);
  if (!isMapNode(node)) return node;
  return Object.fromEntries(Object.entries(node).map(([key, entry]) => [key, reveal(entry, decrypt)]));
}

/** A value as text: a string as it is, everything else as JSON with sorted keys. */
export function nodeText(node: ConfigNode): string {
  return typeof node === "string" ? node : JSON.stringify(sorted(node));
}

export function programConfig(entries: Map<string, ConfigNode>, decrypt: Decrypt): ProgramConfig {
  const values: Record<string, string> = {};
  for (const [key, node] of entries) values[key] = nodeText(reveal(node, decrypt));
  return { values, secretKeys: [...entries].filter(([, node]) => hasSecure(node)).map(([key]) => key) };
}

/** For display and the event log: secrets as `[secret]`. */
export function maskedConfig(entries: Map<string, ConfigNode>): Record<string, string> {
  return Object.fromEntries([...entries].map(([key, node]) => [key, nodeText(reveal(node, () => MASK))]));
}

/** Without `decrypt` a secret has no value. */
export function configEntry(node: ConfigNode, decrypt: Decrypt | undefined): ConfigEntry {
  const secret = hasSecure(node);
  if (secret && !decrypt) return { secret };
  const shown = decrypt ? reveal(node, decrypt) : node;
  const isObject = typeof shown === "object" && shown !== null;
  return { value: nodeText(shown), ...(isObject ? { objectValue: sorted(shown) } : {}), secret };
}

function sorted(node: ConfigNode): ConfigNode {
  if (Array.isArray(node)) return node.map(sorted);
  if (!isMapNode(node)) return node;
  return Object.fromEntries(
    Object.keys(node)
      .sort()
      .map((key) => [key, sorted(node[key] as ConfigNode)]),
  );
}

function isMapNode(node: ConfigNode): node is { [key: string]: ConfigNode } {
  return typeof node === "object" && node !== null && !Array.isArray(node);
}
