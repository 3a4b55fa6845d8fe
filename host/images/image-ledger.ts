import { join } from "node:path";
import { readIfThere, writeAtomic } from "../atomic-file";
import type { Layout } from "../layout";

/** An image that a project ran, or was about to. */
export interface UsedImage {
  /** Container name in `projects.yml`. */
  service: string;
  /** By digest, as the configuration names it. */
  reference: string;
  /** RFC 3339. */
  lastUsed: string;
}

/** An image in use when a backup was made. */
export interface BackupImage {
  backupId: string;
  service: string;
  reference: string;
  repository: string;
  digest: string;
  /** Docker's; nothing where this host did not have the image. */
  imageId?: string;
  /** The name that keeps it here; nothing where it could not be given. */
  tag?: string;
}

/**
 * The images of a project on this host. What is removed is decided by it alone: names and tags in Docker say nothing
 * about who needs an image.
 */
export interface ImageLedger {
  used: UsedImage[];
  /** Oldest first. */
  backups: BackupImage[];
}

export async function readLedger(layout: Layout, project: string): Promise<ImageLedger> {
  const text = await readIfThere(ledgerPath(layout, project));
  return text === undefined ? { used: [], backups: [] } : (JSON.parse(text) as ImageLedger);
}

export async function writeLedger(layout: Layout, project: string, ledger: ImageLedger): Promise<void> {
  await writeAtomic(ledgerPath(layout, project), `${JSON.stringify(ledger, null, 1)}\n`);
}

/** Notes images before they are pulled, so that those of a deploy that fails are found again. */
export async function rememberImages(
  layout: Layout,
  project: string,
  images: Record<string, string>,
  now = new Date(),
): Promise<void> {
  const ledger = await readLedger(layout, project);
  await writeLedger(layout, project, { ...ledger, used: withUse(ledger.used, images, now) });
}

export function withUse(used: UsedImage[], images: Record<string, string>, now: Date): UsedImage[] {
  const added = Object.entries(images).map(([service, reference]) => ({
    service,
    reference,
    lastUsed: now.toISOString(),
  }));
  const isAdded = (it: UsedImage) =>
    added.some(({ service, reference }) => service === it.service && reference === it.reference);
  return [...used.filter((it) => !isAdded(it)), ...added];
}

function ledgerPath(layout: Layout, project: string): string {
  return join(layout.project(project), "images.json");
}
