import { stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { docker } from "../docker";
import type { Layout } from "../layout";
import type { Finding } from "./finding";

const GB = 1e9;
/** Free space without which no backup is begun (SC-05), in GB. */
const BACKUP_GB = 2;

/** A file system that a deploy writes to. */
export interface Disk {
  path: string;
  freeBytes: number;
  holdsBackups: boolean;
}

/** That of the backups, and that of Docker where it is another one and to be seen from here. */
export async function disks(layout: Layout): Promise<Disk[]> {
  const backups = await diskOf(layout.backups, true);
  const { DockerRootDir } = (await docker().info()) as { DockerRootDir: string };
  const images = await diskOf(DockerRootDir, false);
  return [backups, images]
    .filter((disk, index, all) => disk && all.findIndex((other) => other?.device === disk.device) === index)
    .map((disk) => disk as Disk);
}

/** `wantedGB`: what has to be free before a deploy. One that makes no backup needs it no less. */
export function diskFindings(all: Disk[], wantedGB: number): Finding[] {
  return all.flatMap(({ path, freeBytes, holdsBackups }): Finding[] => {
    const isFree = `only ${gigabytes(freeBytes)} free at ${path}`;
    const deploy: Finding = { text: `${isFree}, a deploy needs ${wantedGB} GB (deploy.freeGB)`, passedBy: "--force" };
    const backup: Finding = { text: `${isFree}, a backup needs ${BACKUP_GB} GB`, passedBy: "--skip-backup" };
    return [
      ...(freeBytes < wantedGB * GB ? [deploy] : []),
      ...(holdsBackups && freeBytes < BACKUP_GB * GB ? [backup] : []),
    ];
  });
}

export function gigabytes(bytes: number): string {
  return `${(bytes / GB).toFixed(1)} GB`;
}

/** A folder that is not there yet is looked at where it will be made; nothing where none of its parents can be seen. */
async function diskOf(path: string, holdsBackups: boolean): Promise<(Disk & { device: number }) | undefined> {
  for (let folder = path; ; folder = dirname(folder)) {
    try {
      const [{ bavail, bsize }, { dev }] = await Promise.all([statfs(folder), stat(folder)]);
      return { path: folder, freeBytes: bavail * bsize, holdsBackups, device: dev };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || !holdsBackups) return undefined;
    }
  }
}
