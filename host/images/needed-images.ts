import { readIndex } from "../backup/backup-index";
import type { Layout } from "../layout";
import { isSuccess, readManifest } from "../manifest";

/** Images by digest of every release and every backup of a project that one can go back to (MT-14), however old. */
export async function neededImages(layout: Layout, project: string): Promise<string[]> {
  const [{ deployment_history }, { backups }] = await Promise.all([
    readManifest(layout, project),
    readIndex(layout, project),
  ]);
  const kept = [...deployment_history.filter(isSuccess), ...backups.filter(({ verified }) => verified)];
  return [...new Set(kept.flatMap(({ images }) => Object.values(images)))];
}
