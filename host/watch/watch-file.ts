import { join } from "node:path";
import { readIfThere } from "../atomic-file";
import type { Layout } from "../layout";

/** The watch over a release after its switch (RB-01 to RB-03), as of its last check: `watch.json` of the project. */
export interface Watch {
  release: string;
  state: "running" | "passed" | "failed" | "superseded";
  /** RFC 3339. */
  startedAt: string;
  totalSeconds: number;
  elapsedSeconds: number;
  checks: number;
  failures: number;
  consecutive: number;
  /** Requests through the gateway that the release answered, and those of them that failed. */
  requests: number;
  requestFailures: number;
  /** Why it failed. */
  reason?: string;
}

export async function readWatch(layout: Layout, project: string): Promise<Watch | undefined> {
  const text = await readIfThere(join(layout.project(project), "watch.json"));
  return text === undefined ? undefined : (JSON.parse(text) as Watch);
}
