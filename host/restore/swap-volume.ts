import { databaseTimeoutSeconds } from "../backup/database-timeout";
import { archiver, archiverImage, type VolumePlace } from "../backup/volume-archive";
import { platformDescription } from "../description";
import { docker } from "../docker";
import type { Layout } from "../layout";
import type { Log } from "../log";
import { untilNoneRuns } from "../run-once";
import { runStreamed } from "../stream";
import { CAPABILITIES } from "./prepare-volume";
import { forgetSwap, readSwap, type VolumeSwap, writeSwap } from "./swap-journal";
import { BEGIN, FINISH, keptFolder, SWAPPED } from "./swap-scripts";

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
  try {
    await exchange(layout, place, swap, `${BEGIN}\n${FINISH}`, timeoutSeconds);
  } catch (error) {
    log.warn(`${place.project}: ${(error as Error).message}; trying to finish what was begun`);
    if (!(await exchange(layout, place, swap, FINISH, timeoutSeconds))) throw error;
  }
  log.info(
    `${place.project}: volume ${volume} is as in the backup; what it had is in it as ${keptFolder(swap.moment)}`,
  );
}

/** Finishes a swap that a killed run had begun. The caller holds `backupLock`. */
export async function resumeSwap(layout: Layout, log: Log, project: string): Promise<void> {
  const swap = await readSwap(layout, project);
  if (!swap) return;
  const { stack, postgres } = await platformDescription(layout);
  const place = { stack, project, image: await archiverImage(postgres) };
  const timeoutSeconds = databaseTimeoutSeconds();
  log.warn(`${project}: a killed restore has left volume ${swap.volume} half swapped; finishing that`);
  // Docker does not end a command whose caller was killed: it may be at it still.
  await untilNoneRuns(archiver(place).labels, timeoutSeconds);
  const isSwapped = await exchange(layout, place, swap, FINISH, timeoutSeconds);
  log.info(
    `${project}: volume ${swap.volume} is as ${isSwapped ? `in the backup; what it had is in it as ${keptFolder(swap.moment)}` : "it was before"}`,
  );
}

/** Runs a script in a volume while nobody has it. Resolves to whether the swap is then done: else it was not begun. */
async function exchange(
  layout: Layout,
  place: VolumePlace,
  { volume, moment, containers }: VolumeSwap,
  script: string,
  timeoutSeconds: number,
): Promise<boolean> {
  const all = containers.map((id) => docker().getContainer(id));
  await Promise.all(all.map((container) => container.stop({ t: STOP_SECONDS }).catch(ignoreDone)));
  let said = "";
  const unfinished = (why: string) =>
    new Error(
      `swapping the content of volume ${volume} ended with ${why}; its containers are stopped until the next backup or ` +
        `restore of ${place.project} finishes it: slipway backup ${place.project}`,
    );
  const { exitCode, stderr } = await runStreamed(archiver(place, `${volume}:/volume`, ...CAPABILITIES), {
    command: ["bash", "-c", script, "bash", moment],
    input: "open",
    onOutput: (piece) => {
      said += piece;
    },
    timeoutSeconds,
  }).catch((error: Error) => {
    throw unfinished(error.message);
  });
  if (exitCode !== 0) throw unfinished(`${exitCode}: ${stderr.trim()}`);
  await Promise.all(all.map((container) => container.start().catch(ignoreDone)));
  await forgetSwap(layout, place.project);
  return said.trim() === SWAPPED;
}

/** It is in that state already, or gone. */
function ignoreDone(error: { statusCode?: number }): void {
  if (error.statusCode !== 304 && error.statusCode !== 404) throw error;
}
