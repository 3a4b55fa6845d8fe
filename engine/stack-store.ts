import { join } from "node:path";
import { notEmbedded } from "./exit-code";
import { findPassphrase } from "./secrets/passphrase";
import { type SecretsBySalt, StackSecrets } from "./secrets/stack-secrets";
import type { ProjectFile } from "./stack-file/project-file";
import { StackFile } from "./stack-file/stack-file";
import { noSecrets, passphraseProvider, StackState } from "./stack-state";
import { CheckpointEncoder } from "./state/checkpoint-encoder";
import type { FileBackend } from "./state/file-backend";
import { qualifiedName, type StackName } from "./state/stack-files";

/** The project and stack that live in this repository: they may use what `slipway setup` generates. */
const OWN_PROJECT = "slipway";
export const LOCAL_STACK = "local";

export function isOwnLocalStack(name: StackName): boolean {
  return name.project === OWN_PROJECT && name.stack === LOCAL_STACK;
}

/** One stack as it is kept: its configuration file, its checkpoint, and the secrets of both. */
export class StackStore {
  private constructor(
    readonly name: StackName,
    readonly project: ProjectFile,
    readonly backend: FileBackend,
    readonly file: StackFile,
    private readonly secretsBySalt: SecretsBySalt,
  ) {}

  static async open(
    name: StackName,
    project: ProjectFile,
    backend: FileBackend,
    secretsBySalt: SecretsBySalt,
  ): Promise<StackStore> {
    const file = await StackFile.read(join(project.stackFolder, `Pulumi.${name.stack}.yaml`));
    if (file.secretsProvider && file.secretsProvider !== "passphrase") {
      throw notEmbedded(`${file.file}: secretsprovider ${file.secretsProvider}`);
    }
    return new StackStore(name, project, backend, file, secretsBySalt);
  }

  secretsOf(salt: string): StackSecrets {
    return this.secretsBySalt.get(salt, () => this.passphrase());
  }

  /**
   * Begins to derive the key of the stack's secrets, 200 ms of work for another thread, while this one has other things
   * to do. A wrong or missing passphrase is told to whoever needs the key.
   */
  deriveKey(): void {
    const salt = this.file.encryptionSalt;
    if (salt)
      this.secretsOf(salt)
        .cipher()
        .catch(() => undefined);
  }

  /** The secrets of the configuration; a stack without a salt gets one, written to its file. */
  async secrets(stateSalt?: string): Promise<StackSecrets> {
    const salt = this.file.encryptionSalt ?? stateSalt;
    if (salt) {
      if (!this.file.encryptionSalt) await this.saveSalt(salt);
      return this.secretsOf(salt);
    }
    const secrets = await StackSecrets.create(() => this.passphrase());
    this.secretsBySalt.add(secrets);
    await this.saveSalt(secrets.saltString);
    return secrets;
  }

  /** Makes the stack: an empty checkpoint, and a salt in its file. */
  async create(): Promise<void> {
    const secrets = await this.secrets();
    const encoder = new CheckpointEncoder(
      { stack: qualifiedName(this.name), secretsProvider: passphraseProvider(secrets.saltString) },
      noSecrets,
    );
    await this.backend.create(this.name, encoder.encode({ resources: [], pendingOperations: [] }));
  }

  async state(): Promise<StackState> {
    return new StackState(this, await this.backend.read(this.name));
  }

  private async passphrase() {
    const project = { root: this.project.root, isLocal: isOwnLocalStack(this.name) };
    return findPassphrase(this.secretsBySalt.environment, project);
  }

  private async saveSalt(salt: string): Promise<void> {
    this.file.encryptionSalt = salt;
    await this.file.save();
  }
}
