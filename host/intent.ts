import { rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { username } from "../terminal/username";
import { writeAtomic } from "./atomic-file";
import type { Layout } from "./layout";
import { readNote } from "./note-file";
import type { Intent } from "./requests";

/** Age beyond which an intent is nobody's any more, in milliseconds. */
const VALID_MS = 3600_000;

/** Remembers what an operator's command wants of the next deploy of a release. */
export async function writeIntent(layout: Layout, intent: Intent): Promise<{ project: string }> {
  await writeAtomic(intentPath(layout, intent.project), `${JSON.stringify(intent)}\n`);
  return { project: intent.project };
}

/**
 * What an operator wants of the deploy that a request is part of, by its project and this very release; nothing after an
 * hour.
 */
export async function readIntent(
  layout: Layout,
  { project, release }: { project?: string; release?: string },
  now = new Date(),
): Promise<Intent | undefined> {
  if (project === undefined || release === undefined) return undefined;
  const intent = await readNote<Intent>(layout, intentPath(layout, project));
  if (intent === undefined) return undefined;
  const age = Math.abs(now.getTime() - Date.parse(intent.at));
  return intent.release === release && age < VALID_MS ? intent : undefined;
}

/** What is wanted of a deploy; `run`: where a command wants it. */
export type Wish = Pick<Intent, "operation" | "force" | "skipBackup" | "by" | "gitSha"> & Partial<Pick<Intent, "run">>;

/** Where there is no intent, what a plain `up` means. */
export function wishOf(intent: Intent | undefined): Wish {
  return intent ?? { operation: "deploy", force: false, skipBackup: false, by: whoami(), gitSha: "" };
}

export async function removeIntent(layout: Layout, project: string): Promise<void> {
  await rm(intentPath(layout, project), { force: true });
}

/** Once what a run wanted has failed: a later `up` does not go by it. What another wants by then stays. */
export async function forgetIntent(
  layout: Layout,
  { project, run }: Pick<Intent, "project" | "run">,
): Promise<{ project: string }> {
  const intent = await readNote<Intent>(layout, intentPath(layout, project));
  if (intent?.run === run) await removeIntent(layout, project);
  return { project };
}

/** `user@host`, the user being the one that became root where sudo tells. */
export function whoami(): string {
  return `${process.env.SUDO_USER || username()}@${hostname()}`;
}

function intentPath(layout: Layout, project: string): string {
  return join(layout.project(project), "intent.json");
}
