import { describedProjects } from "../description";
import { docker } from "../docker";
import type { Layout } from "../layout";
import type { Log } from "../log";
import { readRecord } from "../record";
import { type BackupImage, type ImageLedger, readLedger, type UsedImage, writeLedger } from "./image-ledger";
import { neededImages } from "./needed-images";

export interface PruneImagesRequest {
  project: string;
  /** Images of each container, and backups with a tag, that are kept for being the latest. */
  keep: number;
  /** Images by digest that must stay: those of every release and backup that one can go back to. */
  needed: string[];
}

/**
 * Removes images of a project that nothing can go back to any more: old backup tags, superseded images, and what is left
 * of them without a name (MT-14, OV-11). Removes nothing while it is not told of a single image that is needed.
 * To be called under the project's lock, after a success. Returns the names removed.
 */
export async function pruneImages(
  layout: Layout,
  log: Log,
  { project, keep, needed }: PruneImagesRequest,
): Promise<string[]> {
  const serving = await servingImages(layout, project);
  if (serving.length === 0 || needed.length === 0) {
    log.warn(`${project}: no image is removed, since none is said to be needed`);
    return [];
  }
  const ledger = await readLedger(layout, project);
  const wanted = new Set([...needed, ...serving, ...(await neededByOthers(layout, project))]);
  const old = superseded(ledger, keep, wanted);
  const names = [...old.backups.flatMap(({ tag }) => tag ?? []), ...old.used.map(({ reference }) => reference)];
  const removed: string[] = [];
  const inUse: string[] = [];
  for (const name of new Set(names)) {
    const outcome = await remove(name, log);
    if (outcome === "removed") removed.push(name);
    if (outcome === "in use") inUse.push(name);
  }
  for (const imageId of nameless(old.backups)) await removeNameless(imageId, log);
  // What could not be removed is tried again after the next deploy.
  await writeLedger(layout, project, {
    used: ledger.used.filter((it) => !old.used.includes(it) || inUse.includes(it.reference)),
    backups: ledger.backups.filter((it) => !old.backups.includes(it) || inUse.includes(it.tag ?? "")),
  });
  if (removed.length > 0) log.info(`${project}: removed ${removed.length} images: ${removed.join(", ")}`);
  return removed;
}

/** What is neither wanted, nor among the latest `keep` of its container, nor kept by a backup that stays. */
export function superseded({ used, backups }: ImageLedger, keep: number, wanted: Set<string>): ImageLedger {
  const latestBackups = new Set([...new Set(backups.map(({ backupId }) => backupId))].slice(-keep));
  const staysTagged = (it: BackupImage) => latestBackups.has(it.backupId) || wanted.has(it.reference);
  const kept = new Set([...wanted, ...backups.filter(staysTagged).map(({ reference }) => reference)]);
  const services = [...new Set(used.map(({ service }) => service))];
  for (const service of services) {
    const own = used.filter((it) => it.service === service).toSorted(latestFirst);
    for (const { reference } of own.slice(0, keep)) kept.add(reference);
  }
  return {
    used: used.filter(({ reference }) => !kept.has(reference)),
    backups: backups.filter((it) => !staysTagged(it)),
  };
}

function latestFirst(a: UsedImage, b: UsedImage): number {
  return a.lastUsed < b.lastUsed ? 1 : -1;
}

async function servingImages(layout: Layout, project: string): Promise<string[]> {
  const { live, standby } = await readRecord(layout, project);
  return [live, standby].flatMap((release) => Object.values(release?.images ?? {}));
}

/** Projects can run the same image: whoever gives it up last removes it. Their ledgers may have lost something. */
async function neededByOthers(layout: Layout, project: string): Promise<string[]> {
  const others = (await describedProjects(layout)).filter((name) => name !== project);
  const needed = others.map(async (name) => {
    const { used, backups } = await readLedger(layout, name);
    const noted = [...used, ...backups].map(({ reference }) => reference);
    return [...noted, ...(await servingImages(layout, name)), ...(await neededImages(layout, name))];
  });
  return (await Promise.all(needed)).flat();
}

function nameless(backups: BackupImage[]): string[] {
  return [...new Set(backups.flatMap(({ imageId }) => imageId ?? []))];
}

async function removeNameless(imageId: string, log: Log): Promise<void> {
  const found = await docker()
    .getImage(imageId)
    .inspect()
    .catch(() => undefined);
  if (found && (found.RepoTags ?? []).length + (found.RepoDigests ?? []).length === 0) await remove(imageId, log);
}

/** Takes a name from an image; with the last one Docker deletes it. One that a container uses stays. */
async function remove(name: string, log: Log): Promise<"removed" | "gone" | "in use"> {
  try {
    await docker().getImage(name).remove();
    return "removed";
  } catch (error) {
    const { statusCode, message } = error as Error & { statusCode?: number };
    if (statusCode === 404) return "gone";
    if (statusCode !== 409) throw error;
    log.warn(`image ${name} stays: ${message.trim()}`);
    return "in use";
  }
}
