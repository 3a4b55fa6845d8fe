import { createDecipheriv, pbkdf2Sync } from "node:crypto";
import { isJsonObject, type Json, type JsonObject, PLAIN_SECRET } from "./difference";

const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

export type Decrypt = (ciphertext: string) => string;

/**
 * Reads secrets as Pulumi writes them. Written from the format and not with the engine's own code, so that both being
 * wrong in the same way is noticed.
 *
 * @param salt `v1:<salt, base64>:<the word pulumi, encrypted>`, from a stack file or a state.
 * @throws when the passphrase is not the one the salt was made with.
 */
export function decrypter(salt: string, passphrase: string): Decrypt {
  const known = `${passphrase} ${salt}`;
  const cached = decrypters.get(known);
  if (cached) return cached;
  const [version, seed = "", ...probe] = salt.split(":");
  if (version !== "v1") throw new Error(`salt of version ${version}, not v1`);
  const key = pbkdf2Sync(passphrase, Buffer.from(seed, "base64"), 1_000_000, 32, "sha256");
  const decrypt: Decrypt = (ciphertext) => {
    const [, nonce = "", sealed = ""] = ciphertext.split(":");
    const bytes = Buffer.from(sealed, "base64");
    const cipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
    cipher.setAuthTag(bytes.subarray(bytes.length - 16));
    return Buffer.concat([cipher.update(bytes.subarray(0, bytes.length - 16)), cipher.final()]).toString("utf8");
  };
  if (decrypt(probe.join(":")) !== "pulumi") throw new Error("the salt does not decrypt to its probe word");
  decrypters.set(known, decrypt);
  return decrypt;
}

const decrypters = new Map<string, Decrypt>();

/** A state's values with `{ PLAIN_SECRET: value }` in place of every ciphertext; the bridge's raw state stays as it is. */
export function withPlainSecrets(value: Json, decrypt: Decrypt): Json {
  if (Array.isArray(value)) return value.map((entry) => withPlainSecrets(entry, decrypt));
  if (!isJsonObject(value)) return value;
  if (value[SIGNATURE_KEY] === SECRET_SIGNATURE) {
    const plain: unknown =
      typeof value.ciphertext === "string" ? JSON.parse(decrypt(value.ciphertext)) : (value.plaintext ?? value.value);
    return { [PLAIN_SECRET]: plain as Json };
  }
  const entries = Object.entries(value).filter(([key]) => key !== "__pulumi_raw_state_delta");
  return Object.fromEntries(entries.map(([key, entry]) => [key, withPlainSecrets(entry, decrypt)])) as JsonObject;
}

/** A stack file with the plain text of every `secure:` value in its place, and no salt. */
export function plainStackFile(yaml: string, passphrase: string): string {
  const salt = /^encryptionsalt: (.+)$/m.exec(yaml)?.[1];
  if (salt === undefined) return yaml;
  const decrypt = decrypter(salt, passphrase);
  return yaml
    .replace(/^encryptionsalt: .+$/m, "encryptionsalt: <SALT>")
    .replace(/secure: (v1:\S+)/g, (_, ciphertext: string) => `secure: (decrypted) ${decrypt(ciphertext)}`);
}
