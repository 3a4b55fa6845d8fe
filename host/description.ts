import { join } from "node:path";
import { overridden } from "../config/setting-variables";
import { readIfThere, writeAtomic } from "./atomic-file";
import type { Layout } from "./layout";
import { refuseTakenHost } from "./refuse-taken-host";
import type { PlatformDescription, ProjectDescription } from "./requests";

/** The host does not know a project (exit code 1 of every script). */
export class UnknownProjectError extends Error {
  constructor(project: string, known: string[]) {
    super(`there is no project "${project}" on this host; known: ${known.join(", ") || "none"}`);
    this.name = "UnknownProjectError";
  }
}

/** Throws `TakenHostError`. */
export async function describePlatform(layout: Layout, wanted: PlatformDescription): Promise<{ stack: string }> {
  await refuseTakenHost(layout, wanted.stack);
  await writeAtomic(layout.platform, json(wanted), { mode: 0o600 });
  return { stack: wanted.stack };
}

export async function describeProject(layout: Layout, wanted: ProjectDescription): Promise<{ project: string }> {
  await writeAtomic(descriptionPath(layout, wanted.project), json(wanted));
  return { project: wanted.project };
}

/** Throws where this host was never deployed to. */
export async function platformDescription(layout: Layout): Promise<PlatformDescription> {
  const text = await readIfThere(layout.platform);
  if (text === undefined) throw new Error(`${layout.platform} is not there: nothing was deployed to this host yet`);
  return JSON.parse(text) as PlatformDescription;
}

/** With what the environment overrides of its settings (RB-13). Throws `UnknownProjectError`. */
export async function projectDescription(layout: Layout, project: string): Promise<ProjectDescription> {
  const text = await readIfThere(descriptionPath(layout, project));
  if (text === undefined) throw new UnknownProjectError(project, await describedProjects(layout));
  const description = JSON.parse(text) as ProjectDescription;
  return { ...description, deploy: overridden(description.deploy) };
}

/** Names of all projects that this host was told about, also of removed ones whose data is kept. */
export async function describedProjects(layout: Layout): Promise<string[]> {
  const { readdir } = await import("node:fs/promises");
  const folders = await readdir(join(layout.state, "projects")).catch(() => [] as string[]);
  const known = await Promise.all(folders.map((name) => readIfThere(descriptionPath(layout, name))));
  return folders.filter((_, index) => known[index] !== undefined).sort();
}

function descriptionPath(layout: Layout, project: string): string {
  return join(layout.project(project), "description.json");
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
