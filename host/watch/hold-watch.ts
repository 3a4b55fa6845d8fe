import { startDetached } from "../detached";
import type { Layout } from "../layout";
import { isLockedByAnother, withLock } from "../lock";
import type { Log } from "../log";
import { isLive, type LiveRelease, readRecord } from "../record";
import type { ProjectDescription, RolloutRequest } from "../requests";
import { NOTHING_SEEN } from "./verdict";
import { readWatch, type Watch, type WatchNotes, watchLock, watchNotes } from "./watch-file";
import { watchRelease } from "./watch-release";

/** Longest wait for a watch over the release before to notice that it is over, in seconds. */
const LOCK_WAIT_SECONDS = 30;

/**
 * Watches over a release that has just got its traffic, for as long as a deploy waits for it; the rest of the watch
 * goes on in a process of its own. Resolves with whether it goes on; throws when the verdict is failure.
 */
export async function holdWatch(
  layout: Layout,
  log: Log,
  { project, release, gateway }: RolloutRequest,
  description: ProjectDescription,
): Promise<boolean> {
  const { watchSeconds, holdSeconds } = description.deploy;
  if (watchSeconds === 0) return false;
  const { live, standby } = await readRecord(layout, project);
  if (live?.release !== release) return false;
  return withLock(watchLock(layout, project), `watch ${project} ${release}`, LOCK_WAIT_SECONDS, async () => {
    const watch = await begunWatch(layout, project, live, watchSeconds);
    const notes = watchNotes(layout, log, project);
    await notes.write(watch);
    log.info(`${project}: watching release ${release} for ${watchSeconds} s`);
    const watched = { ...watchedHere(layout, project, live, standby, notes), description, gateway, log };
    const untilSeconds = Math.min(watchSeconds, Math.max(holdSeconds, watch.elapsedSeconds));
    let end = await watchRelease({ ...watched, watch, untilSeconds });
    if (end.verdict.kind === "go on" && !(await notes.write(end.watch))) {
      // No other process could go on with it.
      log.warn(`${project}: the rest of the watch is waited for`);
      end = await watchRelease({ ...watched, watch: end.watch, untilSeconds: watchSeconds });
    }
    return end.verdict.kind === "go on" ? "go on" : settle(notes, end.watch, end.verdict);
  }).then((outcome) => {
    if (outcome !== "go on") return false;
    startDetached(layout, "watch", project);
    log.info(`${project}: the watch goes on on this host`);
    return true;
  });
}

/** Of a watch over a project's live release, what this host's files tell. */
export function watchedHere(
  layout: Layout,
  project: string,
  live: LiveRelease,
  standby: LiveRelease | undefined,
  notes: WatchNotes,
) {
  return {
    live,
    ...(standby && { previous: standby.release }),
    isWorkedOn: () => isLockedByAnother(layout.project(project)),
    isLive: () => isLive(layout, project, live.release),
    onCheck: async (watch: Watch) => void (await notes.write(watch)),
  };
}

/** A watch that was cut off is gone on with; one from before an earlier way back from that release is not. */
async function begunWatch(
  layout: Layout,
  project: string,
  { release, since }: LiveRelease,
  totalSeconds: number,
): Promise<Watch> {
  const before = await readWatch(layout, project);
  const isCutOff = before?.state === "running" && before.release === release && before.startedAt >= since;
  if (isCutOff) return { ...before, totalSeconds };
  return { ...NOTHING_SEEN, release, state: "running", startedAt: new Date().toISOString(), totalSeconds };
}

/** Writes the verdict down; throws when it is failure, or somebody else moved the traffic. */
async function settle(
  notes: WatchNotes,
  watch: Watch,
  verdict: { kind: "passed" | "superseded" } | { kind: "failed"; reason: string },
): Promise<"passed"> {
  const reason = verdict.kind === "failed" ? { reason: verdict.reason } : {};
  await notes.write({ ...watch, state: verdict.kind, ...reason });
  if (verdict.kind === "failed") throw new Error(verdict.reason);
  if (verdict.kind === "superseded") throw new Error("traffic was moved away while it was watched");
  return "passed";
}
