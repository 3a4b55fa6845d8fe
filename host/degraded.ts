import type { Layout } from "./layout";
import { withLock } from "./lock";
import type { Log } from "./log";
import { notify } from "./notify";
import { type Degraded, type LiveRelease, type ProjectRecord, readRecord, writeRecord } from "./record";
import { WorkersError } from "./worker-handover";

/** Longest wait for another command of the project, in seconds. */
const LOCK_WAIT_SECONDS = 30;
/** Docker's answer where a container is not there. */
const NOT_FOUND = 404;

type NamedVersion = Pick<LiveRelease, "release" | "version">;

/** A way back that failed. */
export interface FailedWayBack {
  project: string;
  /** To the release before. */
  target: NamedVersion;
  error: Error;
}

/** Why a project is degraded: the way back from the very release that serves has failed. */
export function degradedState({ degraded, live }: ProjectRecord): Degraded | undefined {
  return degraded?.release === live?.release ? degraded : undefined;
}

export interface ToldWayBack {
  /** A sentence on what serves and what to run next. */
  text: string;
  /** Whether the traffic is back all the same. */
  wentBack: boolean;
}

/**
 * Says loudly that the way back failed, to the log, the webhook and whoever asks for the project's state, until a later
 * deploy or rollback succeeds. Where the traffic did go back nothing is degraded: what came after the switch failed, a
 * worker that does not work say, which the health check tells of for as long as it is so. Never throws; the caller does not
 * hold the project's lock.
 */
export async function failedWayBack(
  layout: Layout,
  log: Log,
  { project, target, error }: FailedWayBack,
): Promise<ToldWayBack> {
  const why = error.message.trim().replace(/\s*\n[\s|]*/g, " ");
  const name = `${target.version} (release ${target.release})`;
  let told: ToldWayBack = { text: `going back to ${name} failed: ${why}`, wentBack: false };
  try {
    const { live } = await readRecord(layout, project);
    if (live?.release === target.release) {
      told = { text: `${name} serves again, but ${why}; ${afterSwitch(project, target, error)}`, wentBack: true };
    } else {
      told.text += `; ${live ? `${live.version} (release ${live.release})` : "nothing"} serves; ${nextStep(project, target, error)}`;
      if (live) await writeDegraded(layout, project, { release: live.release, text: told.text, at: now() });
    }
  } catch (cause) {
    log.error(`${project}: that it is degraded could not be written down: ${(cause as Error).message}`);
  }
  const sentence = told.wentBack ? `${project}: ${told.text}` : `${project} is degraded: ${told.text}`;
  log.error(sentence);
  await notify(layout, log, sentence);
  return told;
}

/** Unless another release serves by now. */
async function writeDegraded(layout: Layout, project: string, degraded: Degraded): Promise<void> {
  await withLock(layout.project(project), `degraded ${project}`, LOCK_WAIT_SECONDS, async () => {
    const record = await readRecord(layout, project);
    if (record.live?.release === degraded.release) await writeRecord(layout, project, { ...record, degraded });
  });
}

/** After a deploy or a rollback that succeeded. */
export async function clearDegraded(layout: Layout, project: string): Promise<void> {
  if (!(await readRecord(layout, project)).degraded) return;
  await withLock(layout.project(project), `not degraded ${project}`, LOCK_WAIT_SECONDS, async () => {
    const { degraded: _, ...record } = await readRecord(layout, project);
    await writeRecord(layout, project, record);
  });
}

function nextStep(project: string, { version }: NamedVersion, error: Error): string {
  return isNotThere(error) ? makeAnew(project, version) : `once that is mended: slipway rollback ${project}`;
}

function afterSwitch(project: string, { version }: NamedVersion, error: Error): string {
  if (!(error instanceof WorkersError)) return `look at slipway health-check ${project}`;
  return isNotThere(error.cause as Error)
    ? makeAnew(project, version)
    : `once that is mended: docker restart ${error.workers.join(" ")}`;
}

function isNotThere({ statusCode }: Error & { statusCode?: number }): boolean {
  return statusCode === NOT_FOUND;
}

function now(): string {
  return new Date().toISOString();
}

/** What is gone has to be there before traffic can go to it, or it can work. */
function makeAnew(project: string, version: string): string {
  return `next: slipway up --refresh, which makes what is gone anew, then slipway deploy ${project} ${version}`;
}
