import type { BackupEntry } from "./backup-index";

/** A verified backup of project `shop`, with whatever a test is about. */
export function backupEntry(changes: Partial<BackupEntry> = {}): BackupEntry {
  const id = changes.backup_id ?? "backup_20260101_000000";
  return {
    backup_id: id,
    project: "shop",
    stack: "production",
    environment: "production",
    created_at: "2026-01-01T00:00:00Z",
    backup_type: "manual",
    created_by: "ann",
    file_path: `/backups/shop/${id}/database.dump.zst`,
    file_size_mb: 1,
    sha256: "",
    bytes: 1_000_000,
    files: [],
    verified: true,
    verified_at: "2026-01-01T00:00:01Z",
    status: "verified",
    restored_at: null,
    uploaded_at: null,
    retention_until: "2026-01-08T00:00:00Z",
    held: false,
    artifact_id: "",
    release: "",
    version: "",
    images: {},
    schema_revision: "",
    volumes: [],
    ...changes,
  };
}
