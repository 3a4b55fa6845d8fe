import { CommandError, EXIT } from "../exit-code";
import {
  isObject,
  type PropertyMap,
  type PropertyValue,
  SECRET_SIGNATURE,
  secret,
  signatureOf,
} from "../property-value";
import { PassphraseError } from "../secrets/passphrase";
import { MASK } from "../stack-file/config-values";
import type { StackState } from "../stack-state";

/** Outputs of a stack out of its state; secrets are wrapped around their value, or around `[secret]`. */
export async function stackOutputs(state: StackState, showSecrets: boolean): Promise<PropertyMap> {
  const stack = state.deployment.resources?.find(({ type, delete: gone }) => type === "pulumi:pulumi:Stack" && !gone);
  const outputs = (stack?.outputs ?? {}) as PropertyMap;
  if (!showSecrets) return revealed(outputs, () => MASK) as PropertyMap;
  try {
    const text = await state.secretText();
    return revealed(outputs, (ciphertext) => JSON.parse(text.decrypt(ciphertext, stack?.urn ?? ""))) as PropertyMap;
  } catch (cause) {
    if (!(cause instanceof PassphraseError)) throw cause;
    throw new CommandError(
      `failed to decrypt: ${cause.message}, please set PULUMI_CONFIG_PASSPHRASE to the correct passphrase or set PULUMI_CONFIG_PASSPHRASE_FILE to a file containing the passphrase`,
      EXIT.failure,
      { cause },
    );
  }
}

function revealed(value: PropertyValue, reveal: (ciphertext: string) => PropertyValue): PropertyValue {
  if (Array.isArray(value)) return value.map((entry) => revealed(entry, reveal));
  if (!isObject(value)) return value;
  if (signatureOf(value) === SECRET_SIGNATURE) return secret(reveal(value.ciphertext as string));
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, revealed(entry, reveal)]));
}
