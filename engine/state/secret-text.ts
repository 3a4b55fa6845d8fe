import type { PassphraseCipher } from "../secrets/passphrase-cipher";
import type { SecretText } from "./resource-encoding";

/**
 * Keeps the ciphertext of secrets that did not change, so that a run without changes writes the same file; a new or
 * changed one gets a fresh nonce. Remembered per resource: two resources with one password do not show it.
 */
export class RememberedSecrets implements SecretText {
  private readonly ciphertexts = new Map<string, string>();

  constructor(private readonly cipher: Pick<PassphraseCipher, "encrypt" | "decrypt">) {}

  encrypt(text: string, urn: string): string {
    const place = `${urn}\n${text}`;
    let ciphertext = this.ciphertexts.get(place);
    if (ciphertext === undefined) {
      ciphertext = this.cipher.encrypt(text);
      this.ciphertexts.set(place, ciphertext);
    }
    return ciphertext;
  }

  decrypt(ciphertext: string, urn: string): string {
    const text = this.cipher.decrypt(ciphertext);
    this.ciphertexts.set(`${urn}\n${text}`, ciphertext);
    return text;
  }
}
