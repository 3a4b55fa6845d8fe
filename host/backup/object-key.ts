import type { BackupEntry } from "./backup-index";

/** Name of a backup's manifest; uploaded last and deleted first, so that a copy that has one is whole. */
export const MANIFEST = "manifest.json";

/** Where a file of a backup is in the object store, below the configured prefix. */
export function objectKey({ stack, project, backup_id }: Named, name: string): string {
  return `${stack}/${project}/${backup_id}/${name}`;
}

type Named = Pick<BackupEntry, "stack" | "project" | "backup_id">;
