import { databaseTimeoutSeconds } from "../backup/database-timeout";
import { archiver, archiverImage, type VolumePlace } from "../backup/volume-archive";
import { platformDescription } from "../description";
import { docker, startContainer } from "../docker";
import type { Layout } from "../layout";
import type { Log } from "../log";
import { untilNoneRuns } from "../run-once";
import { runStreamed } from "../stream";
import { CAPABILITIES } from "./prepare-volume";
import { forgetSwap, readSwap, type VolumeSwap, writeSwap } from "./swap-journal";
import { BEGIN, FINISH, keptFolder, SWAPPED, UNDO } from "./swap-scripts";

/** Longest wait for a container to end by itself, in seconds. */
const STOP_SECONDS = 10;

/**
 * Puts what was made ready into the place of a volume's content, which stays beside it in a dated folder. The containers
 * that have the volume are stopped meanwhile: what they hold in memory belongs to the files that go. Where it fails, the
 * volume is as it was, or else finished; where it is cut off, the next backup or restore of the project finishes it.
 */
export async function swapVolume(
  layout: Layout,
  log: Log,
  place: VolumePlace,
  volume: string,
  timeoutSeconds: number,
  now = new Date(),
): Promise<void> {
  const moment = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "_");
  const users = await docker().listContainers({ filters: { volume: [volume], status: ["running"] } });
  const swap = { volume, moment, containers: users.map(({ Id }) => Id) };
  await writeSwap(layout, place.project, swap);
  const scripts = [`${BEGIN}\n${FINISH}`, FINISH, UNDO];
  const { isSwapped, failure } = await settle(layout, log, place, swap, scripts, timeoutSeconds);
  if (!isSwapped) throw new Error(`${failure}; the volume is as it was before, and its containers run again`);
  log.info(`${place.project}: volume ${volume} is as in the backup; what it had is in it as ${keptFolder(moment)}`);
}

/** Ends a swap that a killed run had begun. The caller holds `backupLock`. */
export async function resumeSwap(layout: Layout, log: Log, project: string): Promise<void> {
  const swap = await readSwap(layout, project);
  if (!swap) return;
  const { stack, postgres } = await platformDescription(layout);
  const place = { stack, project, image: await archiverImage(postgres) };
  const timeoutSeconds = databaseTimeoutSeconds();
  log.warn(`${project}: a killed restore has left volume ${swap.volume} half swapped; finishing that`);
  // Docker does not end a command whose caller was killed: it may be at it still.
  await untilNoneRuns(archiver(place).labels, timeoutSeconds);
  const { isSwapped } = await settle(layout, log, place, swap, [FINISH, UNDO], timeoutSeconds);
  log.info(
    `${project}: volume ${swap.volume} is as ${isSwapped ? `in the backup; what it had is in it as ${keptFolder(swap.moment)}` : "it was before"}`,
  );
}

interface Settled {
  /** Else the volume is as it was before. */
  isSwapped: boolean;
  /** Why the first of the scripts did not do it. */
  failure: string;
}

/** Runs the first script that succeeds, and starts the volume's containers then. Where none does, they stay stopped. */
async function settle(
  layout: Layout,
  log: Log,
  place: VolumePlace,
  swap: VolumeSwap,
  scripts: string[],
  timeoutSeconds: number,
): Promise<Settled> {
  const { project } = place;
  let failure = "";
  for (const script of scripts) {
    try {
      const isSwapped = (await exchange(place, swap, script, timeoutSeconds)) === SWAPPED;
      await startContainers(swap);
      await forgetSwap(layout, project);
      return { isSwapped, failure };
    } catch (error) {
      if (error instanceof StartError) throw error;
      const { message } = error as Error;
      failure ||= message;
      log.warn(`${project}: ${message}${script === scripts.at(-2) ? "; taking it back" : ""}`);
    }
  }
  throw new Error(
    `${failure}; it could not be taken back either, and the containers that have the volume are stopped; once that is ` +
      `mended, this finishes it and starts them: slipway backup ${project}`,
  );
}

/** Runs a script in a volume while nobody has it. Resolves to its last word. */
async function exchange(
  place: VolumePlace,
  { volume, moment, containers }: VolumeSwap,
  script: string,
  timeoutSeconds: number,
): Promise<string> {
  const all = containers.map((id) => docker().getContainer(id));
  await Promise.all(all.map((container) => container.stop({ t: STOP_SECONDS }).catch(ignoreDone)));
  let said = "";
  const failed = (why: string) => new Error(`swapping the content of volume ${volume} ended with ${why}`);
  const { exitCode, stderr } = await runStreamed(archiver(place, `${volume}:/volume`, ...CAPABILITIES), {
    command: ["bash", "-c", script, "bash", moment],
    input: "open",
    onOutput: (piece) => {
      said += piece;
    },
    timeoutSeconds,
  }).catch((error: Error) => {
    throw failed(error.message);
  });
  if (exitCode !== 0) throw failed(`${exitCode}: ${stderr.trim()}`);
  return said.trim();
}

/** The volume is in order; what uses it does not run. */
class StartError extends Error {}

async function startContainers({ volume, containers }: VolumeSwap): Promise<void> {
  const outcomes = await Promise.allSettled(containers.map((id) => startContainer(id).catch(ignoreDone)));
  const failed = outcomes.flatMap((outcome, index) =>
    outcome.status === "rejected" ? [{ id: containers[index] as string, why: outcome.reason.message as string }] : [],
  );
  if (failed.length === 0) return;
  throw new StartError(
    `a container that has volume ${volume} did not start again: ${failed.map(({ why }) => why).join("; ")}; once that is ` +
      `mended: docker start ${failed.map(({ id }) => id.slice(0, 12)).join(" ")}`,
  );
}

/** It is in that state already, or gone. */
function ignoreDone(error: { statusCode?: number }): void {
  if (error.statusCode !== 304 && error.statusCode !== 404) throw error;
}
