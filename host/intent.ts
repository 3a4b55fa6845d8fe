import { rm } from "node:fs/promises";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { writeAtomic } from "./atomic-file";
import type { Layout } from "./layout";
import { readNote } from "./note-file";
import type { Intent } from "./requests";
import { continueRun } from "./run-id";

/** Age beyond which an intent is nobody's any more, in milliseconds. */
const VALID_MS = 3600_000;

/** Remembers what an operator's command wants of the next deploy of a release. */
export async function writeIntent(layout: Layout, intent: Intent): Promise<{ project: string }> {
  await writeAtomic(intentPath(layout, intent.project), `${JSON.stringify(intent)}\n`);
  return { project: intent.project };
}

/** What an operator wants of the deploy of this very release; nothing after an hour. */
export async function readIntent(
  layout: Layout,
  project: string,
  release: string,
  now = new Date(),
): Promise<Intent | undefined> {
  const intent = await readNote<Intent>(layout, intentPath(layout, project));
  if (intent === undefined) return undefined;
  const age = Math.abs(now.getTime() - Date.parse(intent.at));
  return intent.release === release && age < VALID_MS ? intent : undefined;
}

/** The same, and what a plain `up` means where there is none. */
export async function intentFor(
  layout: Layout,
  project: string,
  release: string,
): Promise<Pick<Intent, "operation" | "force" | "skipBackup" | "by" | "gitSha">> {
  const intent = await readIntent(layout, project, release);
  return intent ?? { operation: "deploy", force: false, skipBackup: false, by: whoami(), gitSha: "" };
}

/** A command of a deploy belongs to the run that wants the deploy, however far from here that is. */
export async function continueIntendedRun(
  layout: Layout,
  { project, release }: { project?: string; release?: string },
): Promise<void> {
  if (project === undefined || release === undefined) return;
  const intent = await readIntent(layout, project, release);
  if (intent?.run) continueRun(intent.run);
}

export async function removeIntent(layout: Layout, project: string): Promise<void> {
  await rm(intentPath(layout, project), { force: true });
}

/** `user@host`, the user being the one that became root where sudo tells. */
export function whoami(): string {
  return `${process.env.SUDO_USER || userInfo().username}@${hostname()}`;
}

function intentPath(layout: Layout, project: string): string {
  return join(layout.project(project), "intent.json");
}
