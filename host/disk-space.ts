import { mkdir, statfs } from "node:fs/promises";
import { exec } from "./docker";
import type { Layout } from "./layout";

const MIB = 1024 * 1024;
/** Below this share of a disk, and below this many bytes on a large one, it is nearly full. */
const UNHEALTHY = { share: 0.05, bytes: 1024 * MIB };
const DEGRADED = { share: 0.1, bytes: 2048 * MIB };

/** Bytes, as an ordinary user may use them. */
export interface DiskSpace {
  freeBytes: number;
  totalBytes: number;
}

/** Of the disk that backups are written to. */
export async function hostSpace(layout: Layout): Promise<DiskSpace> {
  await mkdir(layout.backups, { recursive: true });
  const { bavail, blocks, bsize } = await statfs(layout.backups);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/** Tells, in the Postgres container, the space of the volume that Postgres writes to. */
export const DATABASE_DF = ["df", "--output=avail,size", "--block-size=1", "/var/lib/postgresql/data"];

/** What it tells, last of all that was printed. */
export function dfSpace(stdout: string): DiskSpace {
  const [freeBytes, totalBytes] = (stdout.trim().split("\n").at(-1) ?? "").trim().split(/\s+/).map(Number);
  if (!totalBytes || freeBytes === undefined) throw new Error(`df failed: it printed "${stdout.trim()}"`);
  return { freeBytes, totalBytes };
}

/** Of the volume that Postgres writes to. */
export async function databaseSpace(postgres: string): Promise<DiskSpace> {
  const { exitCode, stdout, stderr } = await exec(postgres, DATABASE_DF);
  if (exitCode !== 0) throw new Error(`df failed: ${stderr.trim()}`);
  return dfSpace(stdout);
}

/** Small disks by share, large ones by bytes. */
export function spaceVerdict({ freeBytes, totalBytes }: DiskSpace): "healthy" | "degraded" | "unhealthy" {
  const isBelow = ({ share, bytes }: typeof UNHEALTHY) => freeBytes < Math.min(share * totalBytes, bytes);
  if (isBelow(UNHEALTHY)) return "unhealthy";
  return isBelow(DEGRADED) ? "degraded" : "healthy";
}

/** `120 MB of 2.0 GB are free` */
export function spaceText({ freeBytes, totalBytes }: DiskSpace): string {
  return `${bytesText(freeBytes)} of ${bytesText(totalBytes)} are free`;
}

export function bytesText(bytes: number): string {
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
