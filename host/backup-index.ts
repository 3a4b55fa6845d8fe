import { join } from "node:path";
import { readIfThere } from "./atomic-file";
import type { Layout } from "./layout";

/** A backup as `backup_index.json` lists it (SC-06), as far as it is read outside of making and restoring one. */
export interface BackupEntry {
  backup_id: string;
  /** RFC 3339. */
  created_at: string;
  backup_type: string;
  file_path: string;
  file_size_mb: number;
  verified: boolean;
  verified_at?: string | null;
  /** When it was last restored into a database, to prove it or for good. */
  restored_at?: string | null;
  schema_revision?: string | null;
  release?: string | null;
}

/** Newest first; none where the project was never backed up. Throws where the index is damaged. */
export async function backupEntries(layout: Layout, project: string): Promise<BackupEntry[]> {
  const path = join(layout.backups, project, "backup_index.json");
  const text = await readIfThere(path);
  if (text === undefined) return [];
  try {
    const content = JSON.parse(text) as BackupEntry[] | { backups: BackupEntry[] };
    const entries = Array.isArray(content) ? content : content.backups;
    return entries.toSorted((a, b) => (a.created_at < b.created_at ? 1 : -1));
  } catch (cause) {
    throw new Error(`${path} is not readable as an index of backups; move it away, the backups beside it stay`, {
      cause,
    });
  }
}

/** The entry that a path, an id or `latest` means. */
export function findBackup(entries: BackupEntry[], backup: string): BackupEntry | undefined {
  if (backup === "latest") return entries.find(({ verified }) => verified);
  return entries.find(({ backup_id, file_path }) => backup_id === backup || file_path === backup);
}
