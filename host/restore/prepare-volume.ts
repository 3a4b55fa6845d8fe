import { readArchive } from "../backup/archive-file";
import { archiver, EXTRAS, type VolumePlace } from "../backup/volume-archive";
import { readingAll } from "../backup/while-attached";
import { runStreamed } from "../stream";
import { CONTENT, READY } from "./swap-scripts";

/** Folder in the volume for what is made ready. */
const BESIDE = `/volume/${READY}`;
/** To give files back to whoever owned them. */
export const CAPABILITIES = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"];

const UNPACK = [
  'mkdir -p "$1"',
  `zstd -dcq | tar --extract ${EXTRAS} --preserve-permissions --directory="$1" --file=-`,
  'sync --file-system "$1"',
].join(" && ");
const COMPARE = 'zstd -dcq | tar --compare --directory="$1" --file=-';

/** Unpacks a volume's archive beside its content, and compares every file; the content is untouched. */
export async function prepareVolume(
  place: VolumePlace,
  volume: string,
  archive: string,
  timeoutSeconds: number,
  /** What is told of the reading. */
  told: (what: string, pieces: AsyncIterable<Buffer>) => AsyncIterable<Buffer>,
): Promise<void> {
  await clearPrepared(place, volume, timeoutSeconds, { isStoppable: true });
  for (const [what, pipe] of [
    ["unpacking", UNPACK],
    ["comparing", COMPARE],
  ] as const) {
    await succeed(
      `${what} ${archive}`,
      runStreamed(throwAway(place, volume), {
        command: readingAll(pipe, `${BESIDE}/${CONTENT}`),
        input: told(what, readArchive(archive).pieces),
        timeoutSeconds,
        isStoppable: true,
      }),
    );
  }
}

/** Takes away what was made ready in a volume, so that it takes no space; the content is untouched. */
export async function clearPrepared(
  place: VolumePlace,
  volume: string,
  timeoutSeconds: number,
  { isStoppable = false } = {},
): Promise<void> {
  const run = { command: ["rm", "-rf", BESIDE], input: "open" as const, timeoutSeconds, isStoppable };
  await succeed(`clearing ${BESIDE} in volume ${volume}`, runStreamed(throwAway(place, volume), run));
}

/** The container that works in a volume. */
function throwAway(place: VolumePlace, volume: string) {
  return archiver(place, `${volume}:/volume`, ...CAPABILITIES);
}

async function succeed(what: string, run: ReturnType<typeof runStreamed>): Promise<void> {
  const { exitCode, stderr } = await run;
  if (exitCode !== 0) throw new Error(`${what} ended with ${exitCode}: ${stderr.trim()}`);
}
