import { keyFor } from "./key-cache";
import { type Passphrase, PassphraseError } from "./passphrase";
import { keyFits, newSalt, PassphraseCipher } from "./passphrase-cipher";

/**
 * The secrets of one stack. The key is derived at the first use and only once, on the thread pool, so that a stack
 * without secrets never waits for it and one with secrets derives it while its program starts.
 */
export class StackSecrets {
  private opened?: Promise<PassphraseCipher>;

  /** @param saltString `encryptionsalt` of the stack's file, or the one in its state. */
  constructor(
    readonly saltString: string,
    private readonly passphrase: () => Promise<Passphrase>,
  ) {}

  /** For a new stack: a fresh salt. */
  static async create(passphrase: () => Promise<Passphrase>): Promise<StackSecrets> {
    const { saltString, cipher } = await newSalt((await passphrase()).text);
    const secrets = new StackSecrets(saltString, passphrase);
    secrets.opened = Promise.resolve(cipher);
    return secrets;
  }

  /** Rejects with `PassphraseError` when the passphrase is wrong or missing. */
  cipher(): Promise<PassphraseCipher> {
    this.opened ??= this.open();
    return this.opened;
  }

  private async open(): Promise<PassphraseCipher> {
    const cipher = new PassphraseCipher(await keyFor(await this.passphrase(), this.saltString));
    if (!keyFits(cipher, this.saltString)) throw new PassphraseError("incorrect passphrase");
    return cipher;
  }
}

/** The secrets of one process, one object a salt: however many stacks and runs use a salt, its key is derived once. */
export class SecretsBySalt {
  private readonly known = new Map<string, StackSecrets>();

  /** @param environment Where the passphrase is looked for. */
  constructor(readonly environment: NodeJS.ProcessEnv) {}

  get(salt: string, passphrase: () => Promise<Passphrase>): StackSecrets {
    let secrets = this.known.get(salt);
    if (!secrets) {
      secrets = new StackSecrets(salt, passphrase);
      this.known.set(salt, secrets);
    }
    return secrets;
  }

  add(secrets: StackSecrets): void {
    this.known.set(secrets.saltString, secrets);
  }
}
