import { CommandError, EXIT } from "../exit-code";
import { SECRET_SIGNATURE, SIGNATURE_KEY } from "../property-value";
import { passphraseProvider, type StackState } from "../stack-state";
import type { StackStore } from "../stack-store";
import { type ExportedDeployment, featuresOf, refuseUnknownVersion, type StoredDeployment } from "./deployment-file";
import { integrityViolations } from "./integrity";
import { isDamaged } from "./read-checkpoint";
import { hasCiphertext } from "./resource-encoding";
import { qualifiedName } from "./stack-files";
import { lockStack } from "./stack-lock";

/** A state as `stack export` prints it; secrets as ciphertext, or as `plaintext` when they are shown. */
export async function exported(state: StackState, showSecrets: boolean): Promise<ExportedDeployment> {
  const { deployment, version } = state;
  if (!showSecrets) return { ...version, deployment };
  const secrets = await state.secretText();
  const shown = mapSecrets(deployment, (secret) => {
    const { ciphertext, ...rest } = secret;
    return { ...rest, plaintext: secrets.decrypt(String(ciphertext), "") };
  });
  return { ...version, deployment: shown as StoredDeployment };
}

/**
 * Replaces the state of a stack. Without `force` a state of another stack, or one that breaks an integrity rule, is
 * refused. Plain secrets are encrypted. Throws `CommandError`.
 */
export async function imported(
  store: StackStore,
  { version, features = [], deployment }: ExportedDeployment,
  force: boolean,
): Promise<{ warnings: string[] }> {
  const named = new Set([...features, ...featuresOf(deployment.resources ?? [])]);
  refuseUnknownVersion(store.name.stack, { version, features: [...named] });
  const problems = [
    ...(deployment.resources ?? []).flatMap(({ urn }) => foreignStack(urn, store.name.stack)),
    ...integrityViolations(deployment).map((line) => `state file contains errors: ${line}`),
  ];
  if (problems.length > 0 && !force) {
    const errors = [...problems, "importing this file could be dangerous; rerun with --force to proceed anyway"];
    throw new CommandError(
      `${errors.length} errors occurred:\n${errors.map((line, index) => `    ${index + 1}) ${line}`).join("\n")}`,
    );
  }

  await refuseUnreadableSecrets(store, deployment);
  const files = store.backend.files(store.name);
  await using _ = await lockStack(files, () => undefined);
  const sealed = await withoutPlaintext(store, deployment);
  const needed = featuresOf(sealed.resources ?? []);
  const checkpoint = {
    version: needed.length > 0 ? 4 : 3,
    ...(needed.length > 0 ? { features: needed } : {}),
    checkpoint: { stack: qualifiedName(store.name), latest: sealed },
  };
  const setAsideDamaged = await isDamaged(files);
  await store.backend.write(store.name, JSON.stringify(checkpoint), { setAsideDamaged });
  return { warnings: problems };
}

/** Ciphertext goes on as it is: what cannot be decrypted here must not become the state. */
async function refuseUnreadableSecrets(store: StackStore, deployment: StoredDeployment): Promise<void> {
  const { type = "", state } = deployment.secrets_providers ?? {};
  const salt = type === "" || type === "passphrase" ? state?.salt : undefined;
  if ((salt && salt === store.file.encryptionSalt) || !hasCiphertext(deployment)) return;
  const hint = "\nhint: export it with --show-secrets, where its secrets can be decrypted, and import that";
  if (!salt) {
    throw new CommandError(`the secrets of this state are encrypted by ${type || "no provider that it names"}${hint}`);
  }
  await store
    .secretsOf(salt)
    .cipher()
    .catch((cause: Error) => {
      throw new CommandError(`the secrets of this state cannot be decrypted: ${cause.message}${hint}`, EXIT.failure, {
        cause,
      });
    });
}

/**
 * Everything under one salt: that of the ciphertext that comes along; where there is none the stack's own, whichever the
 * stack had that was exported.
 */
async function withoutPlaintext(store: StackStore, deployment: StoredDeployment): Promise<StoredDeployment> {
  const foreign = hasCiphertext(deployment) ? deployment.secrets_providers?.state?.salt : undefined;
  const own = await store.secrets(foreign);
  const salt = foreign ?? own.saltString;
  const provider = { secrets_providers: passphraseProvider(salt) };
  if (!JSON.stringify(deployment).includes('"plaintext":')) return { ...deployment, ...provider };
  const cipher = await store.secretsOf(salt).cipher();
  const sealed = mapSecrets(deployment, (secret) => {
    const { plaintext, ...rest } = secret;
    return typeof plaintext === "string" ? { ...rest, ciphertext: cipher.encrypt(plaintext) } : secret;
  });
  return { ...(sealed as StoredDeployment), ...provider };
}

function foreignStack(urn: string, stack: string): string[] {
  const named = urn.split("::")[0]?.split(":")[2];
  return named === stack ? [] : [`resource '${urn}' is from a different stack (${named} != ${stack})`];
}

type Json = { [key: string]: unknown };

function mapSecrets(value: unknown, change: (secret: Json) => Json): unknown {
  if (Array.isArray(value)) return value.map((entry) => mapSecrets(entry, change));
  if (typeof value !== "object" || value === null) return value;
  const object = value as Json;
  if (object[SIGNATURE_KEY] === SECRET_SIGNATURE) return change(object);
  return Object.fromEntries(Object.entries(object).map(([key, entry]) => [key, mapSecrets(entry, change)]));
}
