import { randomBytes } from "node:crypto";
import { docker } from "../docker";
import { runStreamed, type ThrowAway } from "../stream";
import { type Digest, mismatch, readArchive, writeArchive } from "./archive-file";
import type { BackupFile } from "./backup-index";
import { readingAll, whileAttached } from "./while-attached";

/** What a restore keeps in a volume beside its content begins so. */
export const OWN_PREFIX = ".slipway-";
/**
 * Options of GNU tar for what a file has beside its content, where the file system has it: else that is left out, and
 * nothing fails. Of attributes those of users alone: others are rights, and need capabilities to be given back.
 */
export const EXTRAS = "--acls --xattrs --xattrs-include='user.*' --numeric-owner";
/** GNU tar tells on stderr what it archived. Times are whole seconds: what some file systems have, so that they compare. */
const WRITE = [
  `tar --create --totals --sparse ${EXTRAS} --pax-option=delete=atime,delete=ctime,delete=mtime`,
  `--directory=/volume --exclude='./${OWN_PREFIX}*' --file=- . | zstd -3 -T0 --check -q -c`,
].join(" ");
const READ = "zstd -dcq | tar --list --file=- | wc -l";
const TOTAL = /^Total bytes written: (\d+)/m;
/** GNU tar's exit code where a file changed while it was read. */
const CHANGED = 1;

/** What a container of a backup or a restore needs to know of its stack. */
export interface VolumePlace {
  stack: string;
  project: string;
  /** Id of an image with tar and zstd: that of the platform's Postgres. */
  image: string;
}

export function volumeFile(volume: string): string {
  return `volume-${volume}.tar.zst`;
}

/** Image that the platform's Postgres runs with. */
export async function archiverImage(postgres: string): Promise<string> {
  return (await docker().getContainer(postgres).inspect()).Image;
}

/** A throw-away container; `bind` is `volume:/volume[:ro]`. */
export function archiver({ stack, project, image }: VolumePlace, bind?: string, ...capabilities: string[]): ThrowAway {
  return {
    name: `${project}-archiver-${randomBytes(3).toString("hex")}`,
    image,
    labels: { "slipway.stack": stack, "slipway.project": project, "slipway.service": "archiver" },
    binds: bind === undefined ? [] : [bind],
    capabilities,
  };
}

/** Archives a volume, mounted read-only, into a new file. Its users go on writing: what is half-written is in it so. */
export async function archiveVolume(
  place: VolumePlace,
  volume: string,
  path: string,
  timeoutSeconds: number,
): Promise<Digest & Pick<BackupFile, "unpackedBytes">> {
  let total: string | undefined;
  const digest = await writeArchive(path, async (write) => {
    const { exitCode, stderr } = await runStreamed(archiver(place, `${volume}:/volume:ro`, "DAC_READ_SEARCH"), {
      command: whileAttached(WRITE),
      input: "open",
      onOutput: write,
      timeoutSeconds,
      isStoppable: true,
    });
    if (exitCode !== 0 && exitCode !== CHANGED) {
      throw new Error(`archiving volume ${volume} ended with ${exitCode}: ${stderr.trim()}`);
    }
    total = TOTAL.exec(stderr)?.[1];
  });
  return { ...digest, ...(total !== undefined && { unpackedBytes: Number(total) }) };
}

/** Reads an archive back from disk to its end; what is wrong with it, if anything is. */
export async function readVolumeBack(
  place: VolumePlace,
  path: string,
  file: Pick<BackupFile, "sha256">,
  timeoutSeconds: number,
): Promise<string | undefined> {
  const { pieces, digest } = readArchive(path);
  const command = readingAll(READ);
  const { exitCode, stderr } = await runStreamed(archiver(place), {
    command,
    input: pieces,
    timeoutSeconds,
    isStoppable: true,
  });
  const { sha256 } = digest();
  if (sha256 !== file.sha256) return mismatch(path, sha256, file.sha256);
  return exitCode === 0 ? undefined : `${path} cannot be read back: ${stderr.trim().split("\n").at(-1)}`;
}
