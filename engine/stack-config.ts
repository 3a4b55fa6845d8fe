import { type ConfigKey, keyText } from "./stack-file/config-key";
import { type ConfigEntry, configEntry, type Decrypt, hasSecure, MASK } from "./stack-file/config-values";
import type { ConfigNode } from "./stack-file/stack-file";
import type { StackStore } from "./stack-store";

/** The configuration of a stack, sorted by key; secrets without a value unless they are shown. */
export async function configEntries(store: StackStore, showSecrets: boolean): Promise<Record<string, ConfigEntry>> {
  const entries = [...store.file.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  const nodes = entries.map(([, node]) => node);
  const decrypt = showSecrets ? await decrypting(store, nodes) : undefined;
  return Object.fromEntries(entries.map(([key, node]) => [key, configEntry(node, decrypt)]));
}

/** One entry, decrypted; `undefined` when there is none. */
export async function configEntryOf(store: StackStore, key: ConfigKey): Promise<ConfigEntry | undefined> {
  const node = nodeAt(store.file.entries(), key);
  return node === undefined ? undefined : configEntry(node, await decrypting(store, [node]));
}

/** Writes one entry to the stack's file; a secret goes there encrypted. */
export async function setConfigEntry(store: StackStore, key: ConfigKey, value: string, secret: boolean): Promise<void> {
  store.file.set(key, secret ? { secure: (await cipherOf(store)).encrypt(value) } : value);
  await store.file.save();
}

/** What decrypts these values. Without a secret among them no passphrase is needed. */
export async function decrypting(store: StackStore, nodes: ConfigNode[]): Promise<Decrypt> {
  if (!nodes.some(hasSecure)) return () => MASK;
  const cipher = await cipherOf(store);
  return (ciphertext) => cipher.decrypt(ciphertext);
}

/** A stack file without a salt goes on with that of the state. */
async function cipherOf(store: StackStore) {
  return (await store.secrets((await store.state()).salt)).cipher();
}

function nodeAt(entries: Map<string, ConfigNode>, key: ConfigKey): ConfigNode | undefined {
  let node = entries.get(keyText(key));
  for (const segment of key.path) {
    if (typeof node !== "object" || node === null) return undefined;
    node = (node as Record<string, ConfigNode>)[segment];
  }
  return node;
}
