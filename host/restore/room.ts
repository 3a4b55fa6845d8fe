import type { BackupEntry } from "../backup/backup-index";
import { databaseSize } from "../backup/free-space";
import { archiver, type VolumePlace } from "../backup/volume-archive";
import { ContractError } from "../contract-error";
import { platformDescription, projectDescription } from "../description";
import { bytesText, type DiskSpace, databaseSpace, spaceText, spaceVerdict } from "../disk-space";
import type { Layout } from "../layout";
import { PostgresError } from "../postgres";
import { runStreamed } from "../stream";

/** Exit code of the script contract (SC-09). */
const FAILED = 1;
/** Of a file system: its id, blocks that an ordinary user may use, all blocks, bytes of a block. */
const STAT = ["stat", "--file-system", "--format=%i %a %b %S", "/volume"];

/** A volume that a backup has. */
export interface ArchivedVolume {
  /** In `projects.yml`. */
  name: string;
  /** Docker's name. */
  docker: string;
}

/**
 * Throws where a backup's database beside the project's own would fill the volume of the databases, or nearly: every
 * project writes there. Of a backup that does not tell its size nothing is known.
 */
export async function checkRoom(postgres: string, { project, backup_id, database }: BackupEntry): Promise<void> {
  if (database?.bytes === undefined) return;
  const volume = await databaseSpace(postgres).catch((cause: Error) => {
    throw new PostgresError(`the volume of the databases cannot be looked at: ${cause.message}`, true, { cause });
  });
  if (isEnough(volume, database.bytes)) return;
  throw new ContractError(
    `${project}: there is no room for the database of ${backup_id} beside those that are there: it takes ` +
      `${bytesText(database.bytes)}, and ${spaceText(volume)} on the volume of the databases; nothing was changed\n` +
      "hint: make room there; health-check --json names the databases that nothing uses",
    FAILED,
  );
}

/**
 * The same for the project's own database, before requests are held for a change of it: where its backup had no room to
 * be put back, they would stay held.
 */
export async function checkRoomToGoBack(layout: Layout, project: string): Promise<void> {
  const [{ postgres }, { database }] = await Promise.all([
    platformDescription(layout),
    projectDescription(layout, project),
  ]);
  if (database === undefined) return;
  const { bytes, volume } = await databaseSize(postgres, database);
  if (isEnough(volume, bytes)) return;
  throw new ContractError(
    `${project}: there is no room to take the migration back, should it fail: a copy of the database takes ` +
      `${bytesText(bytes)}, and ${spaceText(volume)} on the volume of the databases; nothing was changed\n` +
      "hint: make room there; health-check --json names the databases that nothing uses",
    FAILED,
  );
}

/** The same for the files of volumes, which are unpacked beside those that are there. Those of one disk count together. */
export async function checkVolumeRoom(
  place: VolumePlace,
  { backup_id, files }: BackupEntry,
  volumes: ArchivedVolume[],
  timeoutSeconds: number,
): Promise<void> {
  const disks = new Map<string, DiskSpace & { needed: number }>();
  for (const { name, docker } of volumes) {
    const bytes = files.find(({ volume }) => volume === name)?.unpackedBytes;
    if (bytes === undefined) continue;
    const { id, ...space } = await diskOf(place, docker, timeoutSeconds);
    const disk = { ...space, needed: bytes + (disks.get(id)?.needed ?? 0) };
    disks.set(id, disk);
    if (isEnough(disk, disk.needed)) continue;
    throw new ContractError(
      `${place.project}: there is no room for volume ${name} of ${backup_id} beside what it has: it takes ` +
        `${bytesText(disk.needed)}${disk.needed > bytes ? " with those before it" : ""}, and ${spaceText(disk)} on ` +
        "its disk; nothing was changed\nhint: make room there",
      FAILED,
    );
  }
}

async function diskOf(place: VolumePlace, volume: string, timeoutSeconds: number): Promise<DiskSpace & { id: string }> {
  let text = "";
  const { exitCode, stderr } = await runStreamed(archiver(place, `${volume}:/volume:ro`), {
    command: STAT,
    input: "open",
    onOutput: (piece) => {
      text += piece;
    },
    timeoutSeconds,
    isStoppable: true,
  });
  const [id = "", free, total, block] = text.trim().split(" ");
  const space = { freeBytes: Number(free) * Number(block), totalBytes: Number(total) * Number(block) };
  if (exitCode !== 0 || !space.totalBytes) {
    throw new Error(`${place.project}: the disk of volume ${volume} cannot be looked at: ${stderr.trim() || text}`);
  }
  return { id, ...space };
}

function isEnough(disk: DiskSpace, bytes: number): boolean {
  return spaceVerdict({ ...disk, freeBytes: disk.freeBytes - bytes }) !== "unhealthy";
}
