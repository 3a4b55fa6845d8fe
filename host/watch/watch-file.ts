import { join } from "node:path";
import { writeAtomic } from "../atomic-file";
import type { Layout } from "../layout";
import type { Log } from "../log";
import { readNote } from "../note-file";
import type { Counts } from "./verdict";

/** The watch over a release after its switch (RB-01 to RB-03), as of its last check: `watch.json` of the project. */
export interface Watch extends Counts {
  release: string;
  state: "running" | "passed" | "failed" | "superseded";
  /** RFC 3339. */
  startedAt: string;
  totalSeconds: number;
  /** How often Docker had started each container again when the watch began, by its id. */
  restarts?: Record<string, number>;
  /** Why it failed. */
  reason?: string;
}

export async function readWatch(layout: Layout, project: string): Promise<Watch | undefined> {
  return readNote<Watch>(layout, watchPath(layout, project));
}

export async function writeWatch(layout: Layout, project: string, watch: Watch): Promise<void> {
  await writeAtomic(watchPath(layout, project), `${JSON.stringify(watch)}\n`);
}

/** Writes a watch down as it comes on. */
export interface WatchNotes {
  /** Resolves with whether it could. */
  write(watch: Watch): Promise<boolean>;
}

/**
 * That a watch cannot be written down, on a full disk say, is told once and ends nothing: whoever watches has the
 * counts, and a release that fails has to go back there, too.
 */
export function watchNotes(layout: Layout, log: Log, project: string): WatchNotes {
  let isTold = false;
  return {
    async write(watch) {
      try {
        await writeWatch(layout, project, watch);
        return true;
      } catch (error) {
        if (!isTold) {
          log.warn(`${project}: the watch goes on, but cannot be written down: ${(error as Error).message}`);
        }
        isTold = true;
        return false;
      }
    },
  };
}

/** Name of the lock that a watching process holds. */
export function watchLock(layout: Layout, project: string): string {
  return join(layout.project(project), "watch");
}

function watchPath(layout: Layout, project: string): string {
  return join(layout.project(project), "watch.json");
}
