import { concludeFailure } from "../conclude";
import { platformDescription, projectDescription } from "../description";
import { whoami } from "../intent";
import type { Layout } from "../layout";
import { withLock } from "../lock";
import type { Log } from "../log";
import { readRecord } from "../record";
import { switchBack } from "../switch-back";
import { watchedHere } from "./hold-watch";
import { readWatch, watchLock, watchNotes } from "./watch-file";
import { watchRelease } from "./watch-release";

/** Longest wait for the process that held the watch before, in seconds. */
const LOCK_WAIT_SECONDS = 30;

/**
 * Goes on with a project's watch after the deploy has ended. When it fails traffic goes back to the standby, and is held
 * there: the configuration still names the release that failed, and the next `up` says so.
 */
export async function backgroundWatch(layout: Layout, log: Log, project: string): Promise<{ state: string }> {
  const began = performance.now();
  return withLock(watchLock(layout, project), `watch ${project}`, LOCK_WAIT_SECONDS, async () => {
    const [description, platform, { live, standby }, watch] = await Promise.all([
      projectDescription(layout, project),
      platformDescription(layout),
      readRecord(layout, project),
      readWatch(layout, project),
    ]);
    if (!live || watch?.release !== live.release || watch.state !== "running") return { state: "superseded" };
    const { gateway } = platform;
    const { release } = live;
    const notes = watchNotes(layout, log, project);
    const end = await watchRelease({
      ...watchedHere(layout, project, live, standby, notes),
      description,
      gateway,
      watch,
      untilSeconds: watch.totalSeconds,
      log,
    });
    const state = end.verdict.kind === "go on" ? "passed" : end.verdict.kind;
    const reason = end.verdict.kind === "failed" ? end.verdict.reason : undefined;
    if (reason === undefined) {
      await notes.write({ ...end.watch, state });
      log.info(`${project}: the watch over release ${release} is over: ${state}`);
      return { state };
    }
    const way = { description, gateway, failed: release, reason, hold: true };
    const { wentBack, serving } = await switchBack(layout, log, way);
    log.error(`${project}: release ${release} (${live.version}): ${reason}; ${serving}`);
    const intent = { operation: "deploy" as const, force: false, skipBackup: false, by: whoami(), gitSha: "" };
    const attempt = { project, release, version: live.version, config: live, intent, began };
    await concludeFailure(layout, log, attempt, {
      result: wentBack ? "rolled back" : "failed",
      reason,
      isCounted: true,
    });
    // Last: where this process is killed before, the next run finds a watch that was cut off, and goes on with it.
    await notes.write({ ...end.watch, state, reason });
    return { state };
  });
}
