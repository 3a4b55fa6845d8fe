import { CommandError, notEmbedded } from "./exit-code";
import type { StackStore } from "./stack-store";
import type { Snapshot } from "./state";
import { CheckpointEncoder } from "./state/checkpoint-encoder";
import type { StoredDeployment } from "./state/deployment-file";
import { GroupCommit } from "./state/group-commit";
import { integrityViolations } from "./state/integrity";
import type { CheckpointRead } from "./state/read-checkpoint";
import { decodeResource, hasCiphertext, type SecretText } from "./state/resource-encoding";
import { RememberedSecrets } from "./state/secret-text";
import { qualifiedName } from "./state/stack-files";

/** The state of a stack as it was read. */
export class StackState {
  private reading?: RememberedSecrets;

  constructor(
    private readonly store: StackStore,
    private readonly read: CheckpointRead,
  ) {}

  get deployment(): StoredDeployment {
    return (
      this.read.checkpoint.checkpoint.latest ?? { manifest: { time: "0001-01-01T00:00:00Z", magic: "", version: "" } }
    );
  }

  get version(): { version: number; features?: string[] } {
    const { version, features } = this.read.checkpoint;
    return { version, ...(features?.length ? { features } : {}) };
  }

  /** Said loudly: the checkpoint could not be read, and an older one stands in for it. */
  get damage(): string | undefined {
    const { damaged, file } = this.read;
    if (!damaged) return undefined;
    return (
      `warning: the state ${damaged.file} is unusable: ${damaged.reason}\n` +
      `warning: the last good generation is used instead: ${file}\n` +
      "warning: what was done since it was written may be missing from it; compare with `refresh`"
    );
  }

  get salt(): string | undefined {
    const provider = this.deployment.secrets_providers;
    if (provider && provider.type !== "passphrase" && provider.type !== "") {
      throw notEmbedded(`the secrets provider ${provider.type} of stack '${this.store.name.stack}'`);
    }
    return provider?.state?.salt;
  }

  /** The state with its secrets decrypted. Rejects when it breaks an integrity rule, or the passphrase is wrong. */
  async snapshot(): Promise<Snapshot> {
    const { resources = [], pending_operations: pending = [] } = this.deployment;
    const violations = integrityViolations(this.deployment);
    if (violations.length > 0) {
      throw new CommandError(
        `the state of stack '${this.store.name.stack}' (${this.read.file}) fails its integrity check:\n  ${violations.join("\n  ")}\n` +
          "hint: mend it with `stack export`, an editor and `stack import`, or put the .bak in its place; nothing was changed",
      );
    }
    const secrets = await this.secretText();
    return {
      resources: resources.map((entry) => decodeResource(entry, secrets)),
      pendingOperations: pending.map(({ resource, type }) => ({
        resource: decodeResource(resource, secrets),
        type: type as Snapshot["pendingOperations"][number]["type"],
      })),
    };
  }

  /** Writes later generations of this state. */
  async writer(): Promise<GroupCommit> {
    const secrets = await this.store.secrets(this.salt);
    const same = this.salt === secrets.saltString;
    const text = same && this.reading ? this.reading : new RememberedSecrets(await secrets.cipher());
    const { manifest: _, secrets_providers: __, resources: ___, pending_operations: ____, ...rest } = this.deployment;
    const encoder = new CheckpointEncoder(
      { stack: qualifiedName(this.store.name), secretsProvider: passphraseProvider(secrets.saltString), rest },
      text,
    );
    let setAsideDamaged = this.read.damaged !== undefined;
    return new GroupCommit(async (snapshot) => {
      await this.store.backend.write(this.store.name, encoder.encode(snapshot), { setAsideDamaged });
      setAsideDamaged = false;
    });
  }

  /** What decrypts this state; without secrets in it no key is derived. */
  async secretText(): Promise<SecretText> {
    if (!hasCiphertext(this.deployment)) return noSecrets;
    if (!this.salt) throw new CommandError(`the state of stack '${this.store.name.stack}' has secrets, but no salt`);
    this.reading ??= new RememberedSecrets(await this.store.secretsOf(this.salt).cipher());
    return this.reading;
  }
}

export function passphraseProvider(salt: string): StoredDeployment["secrets_providers"] {
  return { type: "passphrase", state: { salt } };
}

export const noSecrets: SecretText = {
  encrypt: () => unexpected(),
  decrypt: () => unexpected(),
};

function unexpected(): never {
  throw new Error("a state without secrets has one");
}
