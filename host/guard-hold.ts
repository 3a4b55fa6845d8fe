import { endLeftHold, type HeldProject } from "./hold-writers";
import type { Layout } from "./layout";
import { guardPurpose, holdToken } from "./left-held";
import { withLock } from "./lock";
import type { Log } from "./log";

/** Longest that a guard tries, in seconds: an outage of a night is over before somebody has to come. */
const TRY_SECONDS = 86_400;
/** Pause after the first try that failed, in milliseconds; it doubles from one to the next, up to a minute. */
const FIRST_PAUSE_MS = 1000;
const USUAL_PAUSE_MS = 60_000;
/** A try may be a whole restore: the pause is so many times as long, up to the longest. */
const PAUSE_FACTOR = 4;
const LONGEST_PAUSE_MS = 600_000;

/** What a guard lives by; a test puts its own in. */
export interface Clock {
  /** In milliseconds. */
  now(): number;
  pause(milliseconds: number): Promise<void>;
}

const REAL: Clock = {
  now: () => performance.now(),
  pause: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
};

/**
 * Waits until the command that holds a project has ended, and lets the project go if that one did not: killed, or unable to
 * take the data back while Postgres or Docker was away. So it tries again until it succeeds or its time is over, and ends
 * where the project is held anew: that hold has a guard of its own. The project's lock is free in the pauses. Resolves with
 * whether nothing is left for the next command.
 */
export async function guardHold(layout: Layout, log: Log, held: HeldProject, clock: Clock = REAL): Promise<boolean> {
  const { project } = held.description;
  let deadline: number | undefined;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, USUAL_PAUSE_MS)) {
    let began = clock.now();
    try {
      // However long it takes: a migration may have a day (`migrations.timeoutSeconds`).
      await withLock(layout.project(project), guardPurpose(project), Number.POSITIVE_INFINITY, async () => {
        began = clock.now();
        await endLeftHold(layout, log, held);
      });
      return true;
    } catch (error) {
      const { message } = error as Error;
      const now = clock.now();
      deadline ??= now + TRY_SECONDS * 1000;
      if (now >= deadline) {
        log.error(`${project}: its requests stay answered 503 until the next \`up\`: ${message}`);
        return false;
      }
      log.error(
        `${project}: its requests stay answered 503; to let it go is tried again, also by the next \`up\`: ${message}`,
      );
      const token = await holdToken(layout, project);
      await clock.pause(Math.max(pauseMs, Math.min(PAUSE_FACTOR * (now - began), LONGEST_PAUSE_MS)));
      const next = await holdToken(layout, project);
      if (next !== undefined && next !== token) return true;
    }
  }
}
