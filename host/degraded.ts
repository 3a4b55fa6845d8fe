import type { Layout } from "./layout";
import { withLock } from "./lock";
import type { Log } from "./log";
import { notify } from "./notify";
import { type Degraded, type LiveRelease, type ProjectRecord, readRecord, writeRecord } from "./record";

/** Longest wait for another command of the project, in seconds. */
const LOCK_WAIT_SECONDS = 30;
/** Docker's answer where a container is not there. */
const NOT_FOUND = 404;

/** A way back that failed. */
export interface FailedWayBack {
  project: string;
  /** To the release before. */
  target: LiveRelease;
  error: Error;
}

/** Why a project is degraded: the way back from the very release that serves has failed. */
export function degradedState({ degraded, live }: ProjectRecord): Degraded | undefined {
  return degraded?.release === live?.release ? degraded : undefined;
}

/**
 * Says loudly that the way back failed, to the log, the webhook and whoever asks for the project's state, until a later
 * deploy or rollback succeeds. Resolves with a sentence on what serves and what to run next. Never throws; the caller does
 * not hold the project's lock.
 */
export async function markDegraded(
  layout: Layout,
  log: Log,
  { project, target, error }: FailedWayBack,
): Promise<string> {
  const why = error.message.trim().replace(/\s*\n[\s|]*/g, " ");
  const failed = `going back to ${target.version} (release ${target.release}) failed: ${why}`;
  let text = failed;
  try {
    await withLock(layout.project(project), `degraded ${project}`, LOCK_WAIT_SECONDS, async () => {
      const record = await readRecord(layout, project);
      const { live } = record;
      text = `${failed}; ${live ? `${live.version} (release ${live.release})` : "nothing"} serves; ${nextStep(project, target, error)}`;
      if (!live) return;
      const degraded: Degraded = { release: live.release, text, at: new Date().toISOString() };
      await writeRecord(layout, project, { ...record, degraded });
    });
  } catch (cause) {
    log.error(`${project}: that it is degraded could not be written down: ${(cause as Error).message}`);
  }
  log.error(`${project} is degraded: ${text}`);
  await notify(layout, log, `${project} is degraded: ${text}`);
  return text;
}

/** After a deploy or a rollback that succeeded. */
export async function clearDegraded(layout: Layout, project: string): Promise<void> {
  if (!(await readRecord(layout, project)).degraded) return;
  await withLock(layout.project(project), `not degraded ${project}`, LOCK_WAIT_SECONDS, async () => {
    const { degraded: _, ...record } = await readRecord(layout, project);
    await writeRecord(layout, project, record);
  });
}

/** What is gone has to be made anew before traffic can go there. */
function nextStep(project: string, { version }: LiveRelease, error: Error & { statusCode?: number }): string {
  return error.statusCode === NOT_FOUND
    ? `next: slipway up --refresh, which makes what is gone anew, then slipway deploy ${project} ${version}`
    : `once that is mended: slipway rollback ${project}`;
}
