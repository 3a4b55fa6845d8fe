import { rm } from "node:fs/promises";
import { join } from "node:path";
import { SETTING_VARIABLES } from "../config/setting-variables";
import { writeAtomic } from "./atomic-file";
import type { Layout } from "./layout";
import { readNote } from "./note-file";

/**
 * Keeps what the run that looks at this host has in its environment, for the commands of its deploy: SSH hands none over.
 * The next run has its own, or none.
 */
export async function keepSettings(layout: Layout, settings: Record<string, string>): Promise<void> {
  if (Object.keys(settings).length === 0) await rm(path(layout), { force: true });
  else await writeAtomic(path(layout), `${JSON.stringify(settings)}\n`);
}

/** Puts them where a local run has them: into the environment. What is set there already counts more. */
export async function takeSettings(layout: Layout, environment: NodeJS.ProcessEnv = process.env): Promise<void> {
  const settings = await readNote<Record<string, string>>(layout, path(layout));
  for (const name of SETTING_VARIABLES) {
    const value = settings?.[name];
    if (value !== undefined) environment[name] ??= value;
  }
}

function path(layout: Layout): string {
  return join(layout.state, "settings.json");
}
