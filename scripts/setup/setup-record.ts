import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What the last setup made on this machine, in `.slipway/setup.json`. */
export interface SetupRecord {
  /** Of the files that the images are made from. */
  fingerprint: string;
  /** When the registry's volume was made that holds the samples. */
  registryVolume: string;
  /** Id of each image of the platform, by its key in `slipway:images`. */
  images: Record<"gateway" | "postgres" | "registry", string>;
  samples: SampleImage[];
}

/** One version of one container of a sample project. */
export interface SampleImage {
  project: string;
  version: string;
  container: string;
  /** Image id on this machine. */
  image: string;
  /** `<repository>@sha256:<digest>` in the stack's registry. */
  reference: string;
}

export function readSetupRecord(root: string): SetupRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordFile(root), "utf8"));
  } catch {
    return undefined; // Absent or cut short: everything it says can be found out again.
  }
}

export function writeSetupRecord(root: string, record: SetupRecord): void {
  const file = recordFile(root);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(record, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
}

/** Container to image reference by digest, as in a release of the stack's configuration. */
export function releaseImages(
  record: SetupRecord,
  project: string,
  version: string,
  registryPort: number,
): Record<string, string> {
  const images = record.samples.filter((sample) => sample.project === project && sample.version === version);
  return Object.fromEntries(
    images.map(({ container, reference }) => [container, `127.0.0.1:${registryPort}/${reference}`]),
  );
}

function recordFile(root: string): string {
  return join(root, ".slipway", "setup.json");
}
