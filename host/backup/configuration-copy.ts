import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { readIfThere } from "../atomic-file";
import { currentFiles } from "../generation";
import type { Layout } from "../layout";
import { routePaths } from "../route-paths";
import { sitePath } from "../site-domains";
import { digestOf } from "./archive-file";
import type { BackupFile } from "./backup-index";

/** Folder of the copies in a backup's folder. */
export const CONFIGURATION = "configuration";

/** Copies what was generated for a project: its part of the gateway's configuration, and what the host knows of it. */
export async function copyConfiguration(layout: Layout, project: string, folder: string): Promise<BackupFile[]> {
  const { upstreams, locations } = routePaths(project);
  const [site, routes, targets] = await currentFiles(layout, [sitePath(project), locations, upstreams]);
  const own = (name: string) => readIfThere(join(layout.project(project), name));
  const contents: Record<string, string | undefined> = {
    "site.conf": site,
    "locations.conf": routes,
    "upstreams.conf": targets,
    "record.json": await own("record.json"),
    "description.json": await own("description.json"),
  };
  await mkdir(join(folder, CONFIGURATION));
  const files: BackupFile[] = [];
  for (const [file, content] of Object.entries(contents)) {
    if (content === undefined) continue;
    const name = `${CONFIGURATION}/${file}`;
    const copy = await open(join(folder, name), "wx", 0o600);
    try {
      await copy.writeFile(content);
      await copy.sync();
    } finally {
      await copy.close();
    }
    files.push({ name, kind: "configuration", ...(await digestOf(join(folder, name))) });
  }
  return files;
}
