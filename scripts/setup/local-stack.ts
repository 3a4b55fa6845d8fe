import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findPassphrase } from "../../engine/secrets/passphrase";
import { StackSecrets } from "../../engine/secrets/stack-secrets";
import { parseConfigKey } from "../../engine/stack-file/config-key";
import { StackFile } from "../../engine/stack-file/stack-file";
import type { Progress } from "./progress";
import { releaseImages, type SetupRecord } from "./setup-record";

const DEFAULT_REGISTRY_PORT = 5000;
/** What a fresh stack runs. */
const FIRST_VERSION = "1.0.0";
/** Set by every setup; a file without it is a fresh one, even if it has a salt already. */
const IMAGES_KEY = "slipway:images";

/** Whether the stack's file was filled by a setup before; looks at its text only. */
export function isLocalStackConfigured(projectRoot: string): boolean {
  try {
    return readFileSync(stackFile(projectRoot), "utf8").includes(IMAGES_KEY);
  } catch {
    return false;
  }
}

/**
 * Fills the file of stack `local` when it is fresh: the platform's images, the first release of each sample, and a
 * random key for the calendar. Later the file is the operator's; only an image of the platform that is no longer on
 * this machine is then replaced by the one just made.
 */
export async function configureLocalStack(
  projectRoot: string,
  record: SetupRecord,
  isPresent: (image: string) => boolean,
  progress: Progress,
): Promise<void> {
  const file = await StackFile.read(stackFile(projectRoot));
  const set = (path: string, value: string | { secure: string }) =>
    file.set(parseConfigKey(`slipway:${path}`, "slipway", true), value);

  const before = (file.entries().get(IMAGES_KEY) ?? {}) as Record<string, string>;
  const isFresh = !file.entries().has(IMAGES_KEY);
  for (const [name, image] of Object.entries(record.images)) {
    if (isPresent(before[name] ?? "")) continue;
    set(`images.${name}`, image);
    if (!isFresh) progress.line(`image ${name}: stack local now uses the new one; the one before is gone`);
  }
  if (isFresh) {
    for (const project of new Set(record.samples.map((sample) => sample.project))) {
      const images = releaseImages(record, project, FIRST_VERSION, registryPort(file));
      set(`releases.${project}.live.version`, FIRST_VERSION);
      for (const [container, reference] of Object.entries(images)) {
        set(`releases.${project}.live.images.${container}`, reference);
      }
    }
    const cipher = await openSecrets(projectRoot, file);
    set("variables.calendar.SECRET_KEY", { secure: cipher.encrypt(randomBytes(32).toString("base64url")) });
  }
  await file.save();
}

/** The port that references to the stack's registry have. */
export async function localRegistryPort(projectRoot: string): Promise<number> {
  return registryPort(await StackFile.read(stackFile(projectRoot)));
}

async function openSecrets(projectRoot: string, file: StackFile) {
  const passphrase = () => findPassphrase(process.env, { root: projectRoot, isLocal: true });
  const salt = file.encryptionSalt;
  const secrets = salt ? new StackSecrets(salt, passphrase) : await StackSecrets.create(passphrase);
  file.encryptionSalt = secrets.saltString;
  return secrets.cipher();
}

function registryPort(file: StackFile): number {
  const registry = file.entries().get("slipway:registry") as { port?: number } | undefined;
  return registry?.port ?? DEFAULT_REGISTRY_PORT;
}

function stackFile(projectRoot: string): string {
  return join(projectRoot, "Pulumi.local.yaml");
}
