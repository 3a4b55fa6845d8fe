import { platformDescription } from "../description";
import { docker, ifThere } from "../docker";
import type { Layout } from "../layout";
import type { Log } from "../log";
import { type BackupImage, readLedger, withUse, writeLedger } from "./image-ledger";
import { pullImage } from "./pull-image";

export interface BackupImagesRequest {
  project: string;
  /** `backup_YYYYMMDD_HHMMSS…`; the tag. */
  backupId: string;
  /** Container name to image by digest, of the live release; none on a first deploy. */
  images: Record<string, string>;
  /** Ids of those whose digest is gone. */
  imageIds?: Record<string, string>;
}

/**
 * Gives the images in use a name that keeps them on this host, and notes what they are (OV-01), whether their containers
 * run or not (OV-02). One that cannot be tagged is a warning (OV-04). To be called under the project's lock.
 */
export async function tagBackupImages(
  layout: Layout,
  log: Log,
  { project, backupId, images, imageIds = {} }: BackupImagesRequest,
): Promise<BackupImage[]> {
  if (Object.keys(images).length === 0) {
    log.info(`${project}: no image to tag, nothing of it serves yet`);
    return [];
  }
  const { stack } = await platformDescription(layout);
  const tagged = await Promise.all(
    Object.entries(images).map(([service, reference]) =>
      tagImage(log, { backupId, service, reference }, imageIds[service] ?? reference, {
        // Names have no slash: whatever two projects and their containers are called, their tags are not the same.
        repo: `slipway-backup/${stack}/${project}/${service}`,
        tag: backupId,
      }),
    ),
  );
  const ledger = await readLedger(layout, project);
  const earlier = ledger.backups.filter((it) => it.backupId !== backupId);
  const used = withUse(ledger.used, images, new Date());
  await writeLedger(layout, project, { used, backups: [...earlier, ...tagged] });
  return tagged;
}

async function tagImage(
  log: Log,
  image: Pick<BackupImage, "backupId" | "service" | "reference">,
  name: string,
  wanted: { repo: string; tag: string },
): Promise<BackupImage> {
  const [from = "", digest = ""] = image.reference.split("@");
  const known: BackupImage = { ...image, repository: from, digest };
  try {
    const { Id } = await docker().getImage(name).inspect();
    known.imageId = Id;
    await docker().getImage(Id).tag(wanted);
    return { ...known, tag: `${wanted.repo}:${wanted.tag}` };
  } catch (error) {
    log.warn(`image ${image.reference} could not be tagged as ${image.backupId}: ${(error as Error).message.trim()}`);
    return known;
  }
}

/**
 * Makes sure that an image is on this host, before anything is taken away for it. Returns what a container has to be made
 * from: the image by its digest, or, where that is gone and cannot be pulled, the id behind the own tag of a backup that
 * had it (OV-10). `undefined` where neither is to be had (OV-04).
 */
export async function restoreImage(
  log: Log,
  reference: string,
  backups: Pick<BackupImage, "tag" | "imageId">[],
): Promise<string | undefined> {
  if (await imageIdOf(reference)) return reference;
  const failure = await pull(log, reference);
  if (failure === undefined) return reference;
  for (const { tag, imageId } of backups) {
    if (tag === undefined || imageId === undefined || (await imageIdOf(tag)) !== imageId) continue;
    log.warn(`${reference} is gone and cannot be pulled (${failure}); using ${tag}`);
    return imageId;
  }
  log.warn(`${reference} is gone and cannot be pulled (${failure}); no backup has it either`);
  return undefined;
}

async function imageIdOf(name: string): Promise<string | undefined> {
  return (await ifThere(docker().getImage(name).inspect()))?.Id;
}

/** `undefined` when the image is there, else why it is not. */
async function pull(log: Log, reference: string): Promise<string | undefined> {
  try {
    await pullImage(log, reference);
    return (await imageIdOf(reference)) ? undefined : "Docker has no such image";
  } catch (error) {
    return (error as Error).message.trim();
  }
}
