import { join } from "node:path";
import type { Layout } from "../layout";
import { setAside } from "../note-file";
import { DamagedStateError, readState, writeState } from "../state-file";

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

/** A damaged one of which nothing is left counts as empty: what is not in it is not removed. */
export async function readLedger(layout: Layout, project: string): Promise<ImageLedger> {
  const path = ledgerPath(layout, project);
  const ledger = await readState<ImageLedger>(layout, path).catch((error) => {
    if (!(error instanceof DamagedStateError)) throw error;
    return setAside(layout, path);
  });
  return { used: [], backups: [], ...ledger };
}

export async function writeLedger(layout: Layout, project: string, ledger: ImageLedger): Promise<void> {
  await writeState(ledgerPath(layout, project), ledger);
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
