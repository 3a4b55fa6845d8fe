import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../../config/project";
import { findPassphrase } from "../../engine/secrets/passphrase";
import { StackSecrets } from "../../engine/secrets/stack-secrets";
import { parseConfigKey } from "../../engine/stack-file/config-key";
import { StackFile } from "../../engine/stack-file/stack-file";
import type { Progress } from "./progress";
import { releaseImages, type SetupRecord } from "./setup-record";
import type { WantedPort } from "./taken-ports";

const DEFAULT_GATEWAY_PORT = 8080;
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

/** What a setup found and made. */
export interface Prepared {
  record: SetupRecord;
  /** Of the setup before. */
  before?: SetupRecord;
  /** That `projects.yml` declares for stack `local`. */
  projects: readonly Project[];
  isPresent(image: string): boolean;
}

/**
 * Fills the file of stack `local` when it is fresh: the platform's images, and for samples that are declared their
 * first release, and a random key for the calendar. Later the file is the operator's; only an image of the platform
 * that a setup wrote, or that is no longer on this machine, is then replaced by the one just made.
 */
export async function configureLocalStack(
  projectRoot: string,
  { record, before, projects, isPresent }: Prepared,
  progress: Progress,
): Promise<void> {
  const file = await StackFile.read(stackFile(projectRoot));
  const set = (path: string, value: string | { secure: string }) =>
    file.set(parseConfigKey(`slipway:${path}`, "slipway", true), value);

  const named = (file.entries().get(IMAGES_KEY) ?? {}) as Record<string, string>;
  const isFresh = !file.entries().has(IMAGES_KEY);
  for (const name of Object.keys(record.images) as (keyof SetupRecord["images"])[]) {
    const isThere = isPresent(named[name] ?? "");
    if (isThere && (named[name] === record.images[name] || named[name] !== before?.images[name])) continue;
    set(`images.${name}`, record.images[name]);
    const effect = isThere ? "slipway:infrastructure: apply puts it to work" : "the one before is gone";
    if (!isFresh) progress.line(`image ${name}: stack local now names the new one; ${effect}`);
  }
  if (isFresh) {
    const declared = declaredSamples(record, projects);
    for (const project of declared) {
      const images = releaseImages(record, project, FIRST_VERSION, registryPort(file));
      set(`releases.${project}.live.version`, FIRST_VERSION);
      for (const [container, reference] of Object.entries(images)) {
        set(`releases.${project}.live.images.${container}`, reference);
      }
    }
    if (declared.includes("calendar")) {
      const cipher = await openSecrets(projectRoot, file);
      set("variables.calendar.SECRET_KEY", { secure: cipher.encrypt(randomBytes(32).toString("base64url")) });
    }
  }
  await file.save();
}

/** Samples that `projects.yml` has as they came, container by container. */
function declaredSamples({ samples }: SetupRecord, projects: readonly Project[]): string[] {
  return projects
    .filter(({ name, containers }) => {
      const known = new Set(samples.filter(({ project }) => project === name).map(({ container }) => container));
      return known.size === containers.length && containers.every((container) => known.has(container.name));
    })
    .map(({ name }) => name);
}

/** That stack `local` will listen on. */
export async function localPorts(projectRoot: string): Promise<WantedPort[]> {
  const file = await StackFile.read(stackFile(projectRoot));
  const gateway = file.entries().get("slipway:gateway") as { address?: string; port?: number | string } | undefined;
  const { address = "127.0.0.1", port = DEFAULT_GATEWAY_PORT } = gateway ?? {};
  return [
    { key: "slipway:gateway.port", address, port: Number(port) },
    { key: "slipway:registry.port", address: "127.0.0.1", port: registryPort(file) },
  ];
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
  const registry = file.entries().get("slipway:registry") as { port?: number | string } | undefined;
  return Number(registry?.port ?? DEFAULT_REGISTRY_PORT);
}

function stackFile(projectRoot: string): string {
  return join(projectRoot, "Pulumi.local.yaml");
}
