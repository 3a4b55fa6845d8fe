import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readIfThere, writeAtomic } from "../atomic-file";
import type { Layout } from "../layout";
import { compareBackupIds } from "./backup-id";
import type { Extensions } from "./superuser-extensions";

export type BackupType = "scheduled" | "pre_deployment" | "manual" | "success" | "safety";

/** A backup as `backup_index.json` lists it, and as its own `manifest.json` has it (SC-06). Times are RFC 3339. */
export interface BackupEntry {
  backup_id: string;
  project: string;
  stack: string;
  environment: string;
  created_at: string;
  backup_type: BackupType;
  /** Who, e.g. `ann@laptop`. */
  created_by: string;
  /** Of the database; where there is none, of the manifest. */
  file_path: string;
  /** Of all files together. */
  file_size_mb: number;
  /** Of the file at `file_path`; those of the others are in `files`. */
  sha256: string;
  bytes: number;
  files: BackupFile[];
  /** Read back whole, and nothing found. */
  verified: boolean;
  verified_at: string | null;
  /**
   * `suspicious`: as empty as no backup before it. `changing`: whole, but of data that a command had left half changed;
   * whoever names it can restore it, nothing else takes it.
   */
  status: "verified" | "suspicious" | "failed" | "changing";
  /** Why it is not verified, or what was noticed. */
  note?: string;
  /** When it was last restored into a scratch database and compared. */
  restored_at: string | null;
  /** When its copy in the object store was verified. */
  uploaded_at: string | null;
  retention_until: string;
  /** Kept whatever its age, because the backup after it lost much. */
  held: boolean;
  /** The release that served; "" before the first one. */
  artifact_id: string;
  release: string;
  version: string;
  /** Container to image reference by digest, of that release. */
  images: Record<string, string>;
  /** That the database was at; "" where the project does not tell, or it was being changed. */
  schema_revision: string;
  database?: DatabaseContent;
  /** Names in `projects.yml`. */
  volumes: string[];
}

export interface BackupFile {
  /** In the backup's folder. */
  name: string;
  kind: "database" | "volume" | "configuration";
  /** Name of the volume in `projects.yml`. */
  volume?: string;
  bytes: number;
  sha256: string;
  /** Of a volume before it was compressed, without holes of files. Earlier versions of Slipway did not write it down. */
  unpackedBytes?: number;
}

/** What was in the database in the very snapshot that was dumped. */
export interface DatabaseContent {
  format: "zstd" | "gzip";
  /** `schema.table` to its number of rows. */
  rows: Record<string, number>;
  /** `pg_current_snapshot()`, to tell later rows from those that the backup has. */
  snapshot: string;
  /** That it took of Postgres' disk, just before. Earlier versions of Slipway did not write it down. */
  bytes?: number;
  /** Those that a superuser has to make first. Earlier versions of Slipway left them in the dump. */
  extensions?: Extensions;
}

/** Oldest first. */
export interface BackupIndex {
  backups: BackupEntry[];
}

export function backupsFolder(layout: Layout, project: string): string {
  return join(layout.backups, project);
}

/** Name of the lock that whatever writes or reads a project's backups holds; taken after the project's own lock. */
export function backupLock(layout: Layout, project: string): string {
  return backupsFolder(layout, project);
}

export function indexPath(layout: Layout, project: string): string {
  return join(backupsFolder(layout, project), "backup_index.json");
}

/** An index that is not there or not readable is made again out of the manifests beside it. */
export async function readIndex(layout: Layout, project: string): Promise<BackupIndex> {
  const text = await readIfThere(indexPath(layout, project));
  try {
    if (text !== undefined) return JSON.parse(text) as BackupIndex;
  } catch {} // Cut off by other means than ours, which rename.
  return { backups: await manifests(layout, project) };
}

/** Newest first; none where the project was never backed up. */
export async function backupEntries(layout: Layout, project: string): Promise<BackupEntry[]> {
  return (await readIndex(layout, project)).backups.toReversed();
}

export async function writeIndex(layout: Layout, project: string, index: BackupIndex): Promise<void> {
  await writeAtomic(indexPath(layout, project), `${JSON.stringify(index, null, 1)}\n`);
}

/** Writes an entry anew, into its own manifest and the index. The caller holds `backupLock`. */
export async function updateEntry(layout: Layout, entry: BackupEntry): Promise<void> {
  const { backups } = await readIndex(layout, entry.project);
  await writeAtomic(manifestPath(layout, entry), manifestText(entry));
  await writeIndex(layout, entry.project, {
    backups: backups.map((each) => (each.backup_id === entry.backup_id ? entry : each)),
  });
}

export function entryFolder(layout: Layout, { project, backup_id }: BackupEntry): string {
  return join(backupsFolder(layout, project), backup_id);
}

export function manifestPath(layout: Layout, entry: BackupEntry): string {
  return join(entryFolder(layout, entry), "manifest.json");
}

export function manifestText(entry: BackupEntry): string {
  return `${JSON.stringify(entry, null, 1)}\n`;
}

/** Backups that are whole on disk, listed or not: a run can be killed between the two. One whose manifest is damaged is not. */
export async function manifests(layout: Layout, project: string): Promise<BackupEntry[]> {
  const folder = backupsFolder(layout, project);
  const names = await readdir(folder).catch(() => [] as string[]);
  const whole = names.filter((name) => name.startsWith("backup_") && !name.includes("."));
  const texts = await Promise.all(whole.map((name) => readIfThere(join(folder, name, "manifest.json"))));
  return texts
    .flatMap((text) => (text === undefined ? [] : parsedEntry(text)))
    .sort((a, b) => compareBackupIds(a.backup_id, b.backup_id));
}

/** What a manifest tells; nothing where it is damaged. */
export function parsedEntry(manifest: string): [BackupEntry] | [] {
  try {
    const entry: Partial<BackupEntry> | null = JSON.parse(manifest);
    const isWhole = typeof entry?.backup_id === "string" && Array.isArray(entry.files);
    return isWhole ? [entry as BackupEntry] : [];
  } catch {
    return [];
  }
}
