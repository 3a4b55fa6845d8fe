import { readFile, writeFile } from "node:fs/promises";
import { parse } from "yaml";
import { localPassphraseFile } from "../../engine/secrets/passphrase";
import { sampleRelease } from "../../test/support/machine-images";
import { sampleProjects } from "../../test/support/sample-projects";
import { TestStack } from "../../test/support/test-stack";
import { type Place, timedRun } from "./timed-run";

const VERSIONS = ["1.0.0", "1.1.0"] as const;
export const HELLO_HOST = "hello.localhost";

/** A stack as `local` is, `calendar` and `hello` on a gateway of its own, whose `hello` is deployed again and again. */
export class SampleStack implements AsyncDisposable {
  private version: (typeof VERSIONS)[number] = VERSIONS[0];

  private constructor(readonly stack: TestStack) {}

  /** Deployed, with the images of both versions of `hello` on the machine. */
  static async create(): Promise<SampleStack> {
    const sample = new SampleStack(await TestStack.create({ projects: sampleProjects() }));
    try {
      const { stack } = sample;
      await writeFile(sample.passphraseFile, stack.env.PULUMI_CONFIG_PASSPHRASE as string, { mode: 0o600 });
      const live = await sampleRelease("calendar", VERSIONS[0], stack.registryPort);
      await stack.configure({
        releases: { calendar: { live } },
        variables: { calendar: { SECRET_KEY: "of a benchmark" } },
      });
      for (const _ of VERSIONS) {
        await sample.configureOther();
        await sample.up();
      }
      return sample;
    } catch (error) {
      await sample[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Edits the stack's file: the version of `hello` that is not live becomes so with the next `up`. */
  async configureOther(): Promise<void> {
    this.version = VERSIONS.find((version) => version !== this.version) as typeof this.version;
    const content = parse(await readFile(this.stack.stackFile, "utf8"));
    const live = await sampleRelease("hello", this.version, this.stack.registryPort);
    await this.stack.configure({ releases: { ...content.config["slipway:releases"], hello: { live } } });
  }

  up() {
    return timedRun(this.place, "up", "--yes", "--skip-preview");
  }

  /** As stack `local` has its passphrase: in a file beside which the derived key is kept. */
  get place(): Place {
    const passphrase = { PULUMI_CONFIG_PASSPHRASE: undefined, PULUMI_CONFIG_PASSPHRASE_FILE: this.passphraseFile };
    return { folder: this.stack.folder, env: { ...this.stack.env, ...passphrase } };
  }

  private get passphraseFile(): string {
    return localPassphraseFile(this.stack.folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack[Symbol.asyncDispose]();
  }
}
