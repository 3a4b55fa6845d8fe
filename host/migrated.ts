import { join } from "node:path";
import { writeAtomic } from "./atomic-file";
import type { DatabaseMoment } from "./backup/rows-changed";
import type { Layout } from "./layout";
import { readNote } from "./note-file";

/** A migration with which the release before does not work, and the way back from it: `migrated.json` of the project. */
export interface Migrated {
  release: string;
  /** Taken just before it, while nobody wrote. */
  backup: string;
  /** What the database held just after it. */
  moment?: DatabaseMoment;
}

export async function rememberMigrated(layout: Layout, project: string, migrated: Migrated): Promise<void> {
  await writeAtomic(path(layout, project), `${JSON.stringify(migrated)}\n`);
}

/** `undefined` also where the file is damaged: people then decide about the data. */
export async function migratedFor(layout: Layout, project: string, release: string): Promise<Migrated | undefined> {
  const migrated = await readNote<Migrated>(layout, path(layout, project));
  return migrated?.release === release ? migrated : undefined;
}

function path(layout: Layout, project: string): string {
  return join(layout.project(project), "migrated.json");
}
