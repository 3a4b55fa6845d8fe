import { join } from "node:path";
import { overridden } from "../config/setting-variables";
import { readIfThere } from "./atomic-file";
import { readCopied, writeCopied } from "./copied-state";
import { recordedEpoch, recordFileEpoch } from "./file-epoch";
import type { Layout } from "./layout";
import { refuseTakenHost } from "./refuse-taken-host";
import type { PlatformDescription, ProjectDescription } from "./requests";
import { DamagedStateError } from "./state-file";

const NEXT = "an up writes it anew; that of a project which is gone can be moved away";
/** Under which the epoch of the platform's own description is kept. */
const PLATFORM = "platform.json";

/** The host does not know a project (exit code 1 of every script). */
export class UnknownProjectError extends Error {
  constructor(project: string, known: string[]) {
    super(`there is no project "${project}" on this host; known: ${known.join(", ") || "none"}`);
    this.name = "UnknownProjectError";
  }
}

/** `epoch`: see `descriptionEpoch`. */
type Described<T> = T & { epoch?: number };

/** Throws `TakenHostError`. */
export async function describePlatform(
  layout: Layout,
  { epoch, ...wanted }: Described<PlatformDescription>,
): Promise<{ stack: string }> {
  await refuseTakenHost(layout, wanted.stack);
  await writeCopied(layout.platform, wanted, { mode: 0o600 });
  if (epoch !== undefined) await recordFileEpoch(layout, PLATFORM, epoch);
  return { stack: wanted.stack };
}

export async function describeProject(
  layout: Layout,
  { epoch, ...wanted }: Described<ProjectDescription>,
): Promise<{ project: string }> {
  const { project } = wanted;
  await writeCopied(descriptionPath(layout, project), wanted);
  if (epoch !== undefined) await recordFileEpoch(layout, epochName(project), epoch);
  return { project };
}

/** Throws where this host was never deployed to. */
export async function platformDescription(layout: Layout): Promise<PlatformDescription> {
  const description = await readCopied<PlatformDescription>(layout, layout.platform, NEXT);
  if (!description) throw new Error(`${layout.platform} is not there: nothing was deployed to this host yet`);
  return description;
}

/** With what the environment overrides of its settings (RB-13). Throws `UnknownProjectError`. */
export async function projectDescription(layout: Layout, project: string): Promise<ProjectDescription> {
  const description = await readCopied<ProjectDescription>(layout, descriptionPath(layout, project), NEXT);
  if (!description) throw new UnknownProjectError(project, await describedProjects(layout));
  return { ...description, deploy: overridden(description.deploy) };
}

/**
 * A number that stays the same while a description is whole, and is the next one when it is damaged together with its
 * copy: in the request that writes it, it has an `up` do that. `undefined` where none ever was; without a project it is
 * the platform's.
 */
export async function descriptionEpoch(layout: Layout, project?: string): Promise<number | undefined> {
  const [path, name] =
    project === undefined ? [layout.platform, PLATFORM] : [descriptionPath(layout, project), epochName(project)];
  const epoch = (await recordedEpoch(layout, name)) + ((await isDamaged(layout, path)) ? 1 : 0);
  return epoch === 0 ? undefined : epoch;
}

/** Names of all projects that this host was told about, also of removed ones whose data is kept. */
export async function describedProjects(layout: Layout): Promise<string[]> {
  const { readdir } = await import("node:fs/promises");
  const folders = await readdir(join(layout.state, "projects")).catch(() => [] as string[]);
  const known = await Promise.all(folders.map((name) => readIfThere(descriptionPath(layout, name))));
  return folders.filter((_, index) => known[index] !== undefined).sort();
}

async function isDamaged(layout: Layout, path: string): Promise<boolean> {
  try {
    await readCopied(layout, path);
    return false;
  } catch (error) {
    if (!(error instanceof DamagedStateError)) throw error;
    return true;
  }
}

function descriptionPath(layout: Layout, project: string): string {
  return join(layout.project(project), "description.json");
}

function epochName(project: string): string {
  return `descriptions/${project}.json`;
}
