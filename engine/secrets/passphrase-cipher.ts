import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";

/**
 * Pulumi's passphrase secrets (sdk/go/common/resource/config/crypt.go): PBKDF2-HMAC-SHA256 over an 8-byte salt, then
 * AES-256-GCM with a random nonce and no additional data, in the text form `v1:<nonce>:<ciphertext and tag>`.
 */

const ROUNDS = 1_000_000;
const KEY_BYTES = 32;
const SALT_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What the second half of a salt string decrypts to when the passphrase is right. */
const CHECK_WORD = "pulumi";

/** The ciphertext is not one, or was made with another key. */
export class DecryptionError extends Error {
  override name = "DecryptionError";
}

/** Encrypts and decrypts with one derived key; synchronous, about 5 µs a value. */
export class PassphraseCipher {
  constructor(readonly key: Buffer) {}

  encrypt(text: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.key, nonce);
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `v1:${nonce.toString("base64")}:${sealed.toString("base64")}`;
  }

  /** Throws `DecryptionError`. */
  decrypt(text: string): string {
    const [version, nonce, sealed, ...rest] = text.split(":");
    if (version !== "v1" || !nonce || !sealed || rest.length > 0) {
      throw new DecryptionError("a secret has an unknown form; expected v1:<nonce>:<ciphertext>");
    }
    const bytes = Buffer.from(sealed, "base64");
    try {
      const decipher = createDecipheriv("aes-256-gcm", this.key, Buffer.from(nonce, "base64"));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString("utf8");
    } catch (cause) {
      throw new DecryptionError("a secret cannot be decrypted with this key", { cause });
    }
  }
}

/** Runs on the thread pool, about 200 ms. */
export async function deriveKey(passphrase: string, salt: Buffer): Promise<Buffer> {
  return promisify(pbkdf2)(passphrase, salt, ROUNDS, KEY_BYTES, "sha256");
}

/** The salt of a salt string (`encryptionsalt`), which is `v1:<salt>:<check word, encrypted>`. */
export function saltOf(saltString: string): Buffer {
  const [version, salt] = saltString.split(":", 2);
  const bytes = Buffer.from(salt ?? "", "base64");
  if (version !== "v1" || bytes.length !== SALT_BYTES) {
    throw new DecryptionError("`encryptionsalt` has an unknown form; expected v1:<8 bytes as base64>:<check>");
  }
  return bytes;
}

/** Whether the key belongs to the passphrase that the salt string was made with. */
export function keyFits(cipher: PassphraseCipher, saltString: string): boolean {
  try {
    return cipher.decrypt(saltString.split(":").slice(2).join(":")) === CHECK_WORD;
  } catch {
    return false;
  }
}

/** A salt string for a new stack, and the cipher that goes with it. */
export async function newSalt(passphrase: string): Promise<{ saltString: string; cipher: PassphraseCipher }> {
  const salt = randomBytes(SALT_BYTES);
  const cipher = new PassphraseCipher(await deriveKey(passphrase, salt));
  return { saltString: `v1:${salt.toString("base64")}:${cipher.encrypt(CHECK_WORD)}`, cipher };
}
