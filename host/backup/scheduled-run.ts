import { join } from "node:path";
import { readIfThere, writeAtomic } from "../atomic-file";
import type { Layout } from "../layout";

/** The last run of scheduled backups: `scheduled-run.json`. Written before it begins, and when it has ended. */
export interface ScheduledRun {
  /** RFC 3339. */
  began: string;
  /** Left out while it runs, and where it was killed. */
  ended?: string;
  /** Project to why it has no backup of this run. */
  failures: Record<string, string>;
}

export async function writeScheduledRun(layout: Layout, run: ScheduledRun): Promise<void> {
  await writeAtomic(runFile(layout), `${JSON.stringify(run)}\n`);
}

/** `undefined` where none was begun yet. */
export async function lastScheduledRun(layout: Layout): Promise<ScheduledRun | undefined> {
  const text = await readIfThere(runFile(layout));
  return text === undefined ? undefined : (JSON.parse(text) as ScheduledRun);
}

function runFile(layout: Layout): string {
  return join(layout.state, "scheduled-run.json");
}
