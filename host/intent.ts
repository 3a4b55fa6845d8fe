import { join } from "node:path";
import { readIfThere, writeAtomic } from "./atomic-file";
import type { Layout } from "./layout";
import type { Intent } from "./requests";

/** Minutes after which what an operator wanted counts for nothing: that deploy never came. */
const VALID_MINUTES = 60;

/** Says what an operator's command wants of the deploy that it is about to begin. */
export async function writeIntent(layout: Layout, intent: Intent): Promise<void> {
  await writeAtomic(intentPath(layout, intent.project), `${JSON.stringify(intent, null, 1)}\n`);
}

/** What an operator wants of the deploy of this very release; nothing after an hour. */
export async function readIntent(
  layout: Layout,
  project: string,
  release: string,
  now = new Date(),
): Promise<Intent | undefined> {
  const text = await readIfThere(intentPath(layout, project));
  if (text === undefined) return undefined;
  const intent = JSON.parse(text) as Intent;
  const minutes = (now.getTime() - Date.parse(intent.at)) / 60_000;
  return intent.release === release && minutes < VALID_MINUTES ? intent : undefined;
}

function intentPath(layout: Layout, project: string): string {
  return join(layout.project(project), "intent.json");
}
