import type { Project } from "./project";

/**
 * Whether a project has the value of this variable from Slipway itself. Nobody else may set it: its containers would
 * work with one database while backups, proofs and restores are of another.
 */
export function isGenerated({ database }: Pick<Project, "database">, name: string): boolean {
  return database === "shared" && name === "DATABASE_URL";
}
