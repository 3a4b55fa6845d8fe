import { join } from "node:path";
import { writeAtomic } from "../atomic-file";
import type { Layout } from "../layout";
import { readNote } from "../note-file";

/** Remembers which backup was taken before the deploy of a release, for the manifest (MT-15). */
export async function rememberDeployBackup(
  layout: Layout,
  project: string,
  release: string,
  backup: string,
): Promise<void> {
  await writeAtomic(path(layout, project), JSON.stringify({ release, backup }));
}

/** Its id; "" where none was taken. */
export async function deployBackup(layout: Layout, project: string, release: string): Promise<string> {
  const known = await readNote<{ release: string; backup: string }>(layout, path(layout, project));
  return known?.release === release ? known.backup : "";
}

function path(layout: Layout, project: string): string {
  return join(layout.project(project), "deploy-backup.json");
}
