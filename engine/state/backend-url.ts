import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { CommandError, notEmbedded } from "../exit-code";

/** Where states are kept: the URL as it was written, and the folder that it means. */
export interface BackendLocation {
  url: string;
  folder: string;
}

/**
 * `PULUMI_BACKEND_URL`, else the project's `backend.url`, else what `pulumi login` chose. Only folders: a relative one
 * (`file://.`) is relative to the project's root, `~` is the home. Throws `CommandError` for every other kind.
 */
export async function backendLocation(
  project: { root: string; backendUrl?: string } | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<BackendLocation> {
  const url = environment.PULUMI_BACKEND_URL || project?.backendUrl || (await currentLogin(environment));
  if (!url) {
    throw new CommandError(
      "no state backend is chosen\nhint: set PULUMI_BACKEND_URL=file://<folder>, or `backend: { url: file://. }` in Pulumi.yaml",
    );
  }
  if (!url.startsWith("file://")) throw notEmbedded(`the state backend ${url.replace(/\/\/[^@/]*@/, "//")}`);
  const path = url.slice("file://".length);
  if (path === "~" || path.startsWith("~/")) return { url, folder: join(homedir(), path.slice(1)) };
  return { url, folder: path.startsWith("/") ? fileURLToPath(url) : resolve(project?.root ?? process.cwd(), path) };
}

async function currentLogin(environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const home = environment.PULUMI_HOME || join(homedir(), ".pulumi");
  try {
    return JSON.parse(await readFile(join(home, "credentials.json"), "utf8")).current || undefined;
  } catch {
    return undefined;
  }
}
