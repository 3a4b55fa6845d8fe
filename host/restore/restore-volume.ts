import { readArchive } from "../backup/archive-file";
import { archiver, OWN_PREFIX, type VolumePlace } from "../backup/volume-archive";
import { readingAll } from "../backup/while-attached";
import { docker } from "../docker";
import type { Log } from "../log";
import { runStreamed } from "../stream";

/** Folder in the volume that the archive is unpacked into. */
const BESIDE = `/volume/${OWN_PREFIX}restore`;
/** To give files back to whoever owned them. */
const CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"];
/** Longest wait for a container to end by itself, in seconds. */
const STOP_SECONDS = 10;

const UNPACK =
  'mkdir -p "$1" && zstd -dcq | tar --extract --numeric-owner --preserve-permissions --directory="$1" --file=-';
const COMPARE = 'zstd -dcq | tar --compare --directory="$1" --file=-';
/** Renames only, each at once: what is there goes into the dated folder `$2`, then what was unpacked into its place. */
const SWAP = [
  "set -e",
  "cd /volume",
  'mkdir "$2"',
  `find . -mindepth 1 -maxdepth 1 ! -name '${OWN_PREFIX}*' -exec mv -t "$2" {} +`,
  'find "$1" -mindepth 1 -maxdepth 1 -exec mv -t . {} +',
  'chown --reference="$1" .',
  'chmod --reference="$1" .',
  'rmdir "$1"',
  "sync --file-system .",
].join("\n");

/** Unpacks a volume's archive beside its content, and compares every file; the content is untouched. */
export async function prepareVolume(
  place: VolumePlace,
  volume: string,
  archive: string,
  timeoutSeconds: number,
): Promise<void> {
  const throwAway = () => archiver(place, `${volume}:/volume`, ...CAPABILITIES);
  await succeed(
    `clearing ${BESIDE} in volume ${volume}`,
    runStreamed(throwAway(), {
      command: ["rm", "-rf", BESIDE],
      input: "open",
      timeoutSeconds,
    }),
  );
  for (const [what, pipe] of [
    ["unpacking", UNPACK],
    ["comparing", COMPARE],
  ] as const) {
    await succeed(
      `${what} ${archive}`,
      runStreamed(throwAway(), {
        command: readingAll(pipe, BESIDE),
        input: readArchive(archive).pieces,
        timeoutSeconds,
      }),
    );
  }
}

/**
 * Puts what was unpacked into the place of a volume's content, which stays beside it in a dated folder. The containers
 * that have the volume are stopped meanwhile: what they hold in memory belongs to the files that go. They are started
 * again whatever happened.
 */
export async function swapVolume(
  log: Log,
  place: VolumePlace,
  volume: string,
  timeoutSeconds: number,
  now = new Date(),
): Promise<void> {
  const digits = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "_");
  const kept = `${OWN_PREFIX}before-${digits}`;
  const users = await docker().listContainers({ filters: { volume: [volume], status: ["running"] } });
  await Promise.all(users.map(({ Id }) => docker().getContainer(Id).stop({ t: STOP_SECONDS })));
  try {
    await succeed(
      `swapping the content of volume ${volume}`,
      runStreamed(archiver(place, `${volume}:/volume`, ...CAPABILITIES), {
        command: ["bash", "-c", SWAP, "bash", BESIDE, kept],
        input: "open",
        timeoutSeconds,
      }),
    );
  } finally {
    await Promise.all(users.map(({ Id }) => docker().getContainer(Id).start()));
  }
  log.info(`${place.project}: volume ${volume} is as in the backup; what it had is in it as ${kept}`);
}

async function succeed(what: string, run: ReturnType<typeof runStreamed>): Promise<void> {
  const { exitCode, stderr } = await run;
  if (exitCode !== 0) throw new Error(`${what} ended with ${exitCode}: ${stderr.trim()}`);
}
