import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type AuditEvent, recordEvent } from "../audit";
import { lossMinutes } from "../backup/backup-choice";
import { BackupError } from "../backup/backup-error";
import { type BackupEntry, backupLock } from "../backup/backup-index";
import { backupProject } from "../backup/backup-project";
import { CONFIGURATION } from "../backup/configuration-copy";
import { databaseTimeoutSeconds } from "../backup/database-timeout";
import { archiverImage, type VolumePlace, volumeFile } from "../backup/volume-archive";
import { ContractError } from "../contract-error";
import { endMigrations, replaceData } from "../data-journal";
import { platformDescription, projectDescription } from "../description";
import { endLeftHold } from "../hold-writers";
import { restoreImage } from "../images/backup-images";
import { readLedger } from "../images/image-ledger";
import { endHereIfStopped } from "../interruption";
import type { Layout } from "../layout";
import { withLock } from "../lock";
import type { Log } from "../log";
import { untilHealthy } from "../probe";
import { readRecord, writeRecord } from "../record";
import type { PlatformDescription, ProjectDescription } from "../requests";
import { takenBackTo } from "../schema";
import { checkIntegrity, type FoundBackup, findBackup } from "./find-backup";
import { fillGap } from "./fresh-database";
import { prepareRestore } from "./prepare-restore";
import { clearPrepared, prepareVolume } from "./prepare-volume";
import { withProgress } from "./progress";
import { restoreError, safetyError } from "./restore-error";
import { type ArchivedVolume, checkRoom, checkVolumeRoom } from "./room";
import { pruneKeptDatabases, swapDatabase } from "./swap-database";
import { swapVolume } from "./swap-volume";

/** Exit code of the script contract (SC-09). */
const NO_SUCH_BACKUP = 2;

export type RestorePart = "database" | "volumes" | "images" | "configuration";
export const RESTORE_PARTS: RestorePart[] = ["database", "volumes", "images", "configuration"];

export interface RestoreWish {
  project: string;
  /** Id, path, or `latest`. */
  backup: string;
  parts: RestorePart[];
  /** Who, e.g. `ann@laptop`. */
  by: string;
  /** Refuses a part that the backup or the project has not. Default: that part is left out. */
  allParts?: boolean;
  /** No backup of what is replaced, which may be what cannot be backed up any more. Default false. */
  skipsBackup?: boolean;
  /** Says what it would do, after checking the backup, and does nothing. Default false. */
  dryRun?: boolean;
  /** Longest wait for a deploy, backup or restore of the project, in seconds. Default 0: refused at once. */
  lockWaitSeconds?: number;
}

export interface RestoreResult {
  project: string;
  backup: string;
  /** Name under which the replaced database is kept. */
  kept?: string;
  /** The backup that was taken before; none where that was not wanted. */
  safety?: string;
}

interface Restore {
  layout: Layout;
  log: Log;
  wish: RestoreWish;
  found: FoundBackup;
  platform: PlatformDescription;
  description: ProjectDescription;
}

/**
 * Restores a project by hand (MT-17). The backup is checked before anything is touched, a safety backup is taken, every
 * part is prepared and verified beside what is there, and only then swapped in; what was replaced is kept. Holds the
 * project's lock, so that deploys wait.
 *
 * `verify`: looks at the project afterwards, without that lock, and throws what is wrong: the restore then counts as one
 * that failed.
 */
export async function restoreProject(
  layout: Layout,
  log: Log,
  wish: RestoreWish,
  verify = async (): Promise<void> => undefined,
): Promise<RestoreResult> {
  const { project, lockWaitSeconds = 0 } = wish;
  const began = performance.now();
  const record = async (outcome: Pick<AuditEvent, "from" | "result" | "reason">) => {
    if (wish.dryRun) return;
    const seconds = (performance.now() - began) / 1000;
    await recordEvent(layout, { operation: "restore", project, by: wish.by, seconds, ...outcome });
  };
  const purpose = `restore of ${project} from ${wish.backup}`;
  let result: RestoreResult;
  try {
    result = await withLock(layout.project(project), purpose, lockWaitSeconds, () => restore(layout, log, wish));
    if (!wish.dryRun) await verify();
  } catch (error) {
    const failure = restoreError(project, error as Error, "what is written above was done, the rest was not");
    await record({ from: wish.backup, result: "failure", reason: failure.message });
    throw failure;
  }
  await record({ from: result.backup, result: "success" });
  return result;
}

async function restore(layout: Layout, log: Log, wish: RestoreWish): Promise<RestoreResult> {
  const { project, lockWaitSeconds = 0 } = wish;
  const found = await findBackup(layout, project, wish.backup);
  await checkIntegrity(found);
  const { backup_id } = found.entry;
  log.info(
    `${project}: ${backup_id} is whole; writes of up to ${lossMinutes(found.entry, new Date())} min are after it`,
  );
  const platform = await platformDescription(layout);
  const description = await projectDescription(layout, project);
  const wanted: Restore = { layout, log, wish, found, platform, description };
  refuseMissing(wanted);
  if (isWanted(wanted, "database")) await checkRoom(platform.postgres, found.entry);
  const volumes = volumesOf(wanted);
  warnOfUnmounted(wanted);
  if (volumes.length > 0) await checkVolumeRoom(await placeOf(wanted), found.entry, volumes, databaseTimeoutSeconds());
  if (wish.dryRun) {
    for (const line of planOf(wanted)) log.info(line);
    return { project, backup: backup_id };
  }
  const replacesData = isWanted(wanted, "database") || isWanted(wanted, "volumes");
  const lock = backupLock(layout, project);
  // One lock for both: a scheduled backup between them could delete what is restored.
  const { safety, kept } = await withLock(lock, `restore of ${project}`, lockWaitSeconds, async () => {
    if (isWanted(wanted, "database")) await fillGap(platform.postgres, log, description.database as string);
    const before = replacesData ? await safetyBackup(wanted) : undefined;
    const replaced = await restoreData(wanted);
    if (isWanted(wanted, "configuration")) await putConfigurationForReview(wanted);
    if (isWanted(wanted, "images")) await bringImages(wanted, replacesData);
    return { safety: before, kept: replaced };
  });
  if (isWanted(wanted, "database")) await endLeftHold(layout, log, { description, gateway: platform.gateway });
  if (replacesData) await checkHealth(wanted, kept);
  return {
    project,
    backup: backup_id,
    ...(kept !== undefined && { kept }),
    ...(safety && { safety: safety.backup_id }),
  };
}

/** Leaves expired backups: what is to be restored may be one. */
async function safetyBackup({
  layout,
  log,
  wish: { project, by, skipsBackup },
}: Restore): Promise<BackupEntry | undefined> {
  if (skipsBackup) {
    log.warn(`${project}: no backup is made of what is replaced, as --skip-backup asks`);
    return undefined;
  }
  const wish = { project, type: "safety", by, isLockHeld: true, leavesTidying: true } as const;
  return backupProject(layout, log, wish).catch((error: Error) => {
    throw error instanceof BackupError ? safetyError(project, error) : error;
  });
}

/** A part that was asked for and that the backup has. */
function isWanted(wanted: Restore, part: RestorePart): boolean {
  const { wish, found, description } = wanted;
  const { entry } = found;
  const has: Record<RestorePart, boolean> = {
    database: entry.database !== undefined && description.database !== undefined,
    volumes: volumeNames(wanted).length > 0,
    images: Object.keys(entry.images).length > 0,
    configuration: true,
  };
  return wish.parts.includes(part) && has[part];
}

function refuseMissing(wanted: Restore): void {
  const { wish, found } = wanted;
  const missing = wish.allParts ? wish.parts.filter((part) => !isWanted(wanted, part)) : [];
  if (missing.length === 0) return;
  const has = RESTORE_PARTS.filter((part) => isWanted({ ...wanted, wish: { ...wish, parts: RESTORE_PARTS } }, part));
  throw new ContractError(
    `${wish.project}: ${found.entry.backup_id} has no ${missing.join(" and no ")} to restore; it has ${has.join(", ")}`,
    NO_SUCH_BACKUP,
  );
}

/** Those that are to be restored. Throws where one was asked for that the project has no more. */
function volumesOf(wanted: Restore): ArchivedVolume[] {
  if (!isWanted(wanted, "volumes")) return [];
  return volumeNames(wanted).map((name) => ({ name, docker: dockerName(wanted, name) }));
}

/** Volumes that only an earlier release had are in no way of all the rest. */
function volumeNames(wanted: Restore): string[] {
  const { wish, found } = wanted;
  return wish.allParts ? found.entry.volumes : found.entry.volumes.filter((name) => isMounted(wanted, name));
}

function warnOfUnmounted(wanted: Restore): void {
  const { log, wish, found } = wanted;
  if (!wish.parts.includes("volumes")) return;
  for (const name of found.entry.volumes.filter((it) => !isMounted(wanted, it))) {
    log.warn(`${wish.project}: volume ${name} is left out: nothing of the project mounts it any more`);
  }
}

function isMounted({ description }: Restore, volume: string): boolean {
  return Object.hasOwn(description.volumes, volume);
}

async function placeOf({ platform, description }: Restore): Promise<VolumePlace> {
  const image = await archiverImage(platform.postgres);
  return { stack: platform.stack, project: description.project, image };
}

function planOf(wanted: Restore): string[] {
  const { entry } = wanted.found;
  const { project } = wanted.wish;
  const rows = Object.values(entry.database?.rows ?? {}).reduce((sum, count) => sum + count, 0);
  const lines: Record<RestorePart, string> = {
    database: `database ${wanted.description.database}: ${rows} rows take its place; what is there is kept beside it`,
    volumes: `volumes ${volumeNames(wanted).join(", ")}: the archived files take their place; what is there is kept in them`,
    images: `images: those of version ${entry.version} (release ${entry.release}) are brought to this host`,
    configuration: "configuration: generated files are put beside the live ones for review",
  };
  const safety = `${wanted.wish.skipsBackup ? "without" : "after"} a safety backup`;
  return [
    `${project}: a restore of ${entry.backup_id} would do this, ${safety}:`,
    ...RESTORE_PARTS.filter((part) => isWanted(wanted, part)).map((part) => `  ${lines[part]}`),
  ];
}

/**
 * All is prepared before any is swapped; what was unpacked and does not come to its swap is taken away again, as it may
 * be what fills the disk. Returns the name under which the replaced database is kept.
 */
async function restoreData(wanted: Restore): Promise<string | undefined> {
  const { layout, log, found, description } = wanted;
  const { project } = description;
  const { entry, folder } = found;
  const timeoutSeconds = databaseTimeoutSeconds();
  const place = await placeOf(wanted);
  const volumes = volumesOf(wanted);
  const prepared = new Set<string>();
  try {
    for (const { name, docker } of volumes) {
      prepared.add(docker);
      const total = entry.files.find(({ volume }) => volume === name)?.bytes ?? 0;
      await prepareVolume(place, docker, join(folder, volumeFile(name)), timeoutSeconds, (what, pieces) =>
        withProgress(pieces, { log, what: `${project}: ${what} volume ${name}`, total }),
      );
      log.info(`${project}: volume ${name} is unpacked beside and compared`);
    }
    await endHereIfStopped();
    const kept = await restoreDatabase(wanted);
    for (const { docker } of volumes) {
      prepared.delete(docker);
      await swapVolume(layout, log, place, docker, timeoutSeconds);
    }
    return kept;
  } catch (error) {
    for (const volume of prepared) {
      await clearPrepared(place, volume, timeoutSeconds).catch(({ message }: Error) =>
        log.warn(`${project}: what was unpacked is left: ${message}`),
      );
    }
    throw error;
  }
}

/** Where it is wanted. Returns the name under which the replaced database is kept. */
async function restoreDatabase(wanted: Restore): Promise<string | undefined> {
  const { layout, log, found, platform, description } = wanted;
  const { project, database } = description;
  if (!isWanted(wanted, "database") || database === undefined) return undefined;
  const record = await readRecord(layout, project);
  const keyTables = record.live?.snapshot.keyTables ?? description.keyTables;
  const fresh = await prepareRestore(layout, log, project, found, keyTables);
  await endMigrations(layout, project);
  const { kept } = await swapDatabase(platform.postgres, log, database, fresh.database);
  await replaceData(layout, project);
  if (record.schema) {
    const schema = takenBackTo(record.schema, found.entry.schema_revision);
    await writeRecord(layout, project, { ...record, schema });
  }
  await pruneKeptDatabases(platform.postgres, log, database, description.backup.retentionDays);
  return kept;
}

function dockerName({ description }: Restore, volume: string): string {
  const name = description.volumes[volume];
  if (name === undefined) throw new Error(`${description.project} has no volume ${volume} any more`);
  return name;
}

/** Generated files are never put in force: what generates them would do otherwise at the next `up`. */
async function putConfigurationForReview({ layout, log, wish, found }: Restore): Promise<void> {
  const target = join(layout.project(wish.project), "restored", found.entry.backup_id);
  await mkdir(target, { recursive: true });
  await cp(join(found.folder, CONFIGURATION), target, { recursive: true });
  log.info(
    `${wish.project}: the configuration of ${found.entry.backup_id} is in ${target}, for review; none is in force`,
  );
}

/**
 * Brings the images of the backup to this host, by digest or by the backup's own tag; containers are changed by a deploy
 * or a rollback alone. One that is gone altogether fails a restore of nothing but images: data does not wait for it.
 */
async function bringImages({ layout, log, wish, found }: Restore, replacesData: boolean): Promise<void> {
  const { project } = wish;
  const { images, version, release } = found.entry;
  const { backups } = await readLedger(layout, project);
  const gone: string[] = [];
  for (const [service, image] of Object.entries(images)) {
    const tagged = backups.filter(({ reference }) => reference === image).toReversed();
    const from = await restoreImage(log, image, tagged);
    if (from === undefined)
      gone.push(`the image of ${service}, ${image}, is neither to be pulled nor kept by a backup`);
    else log.info(`${project}: ${service} ran ${image}, which is on this host`);
  }
  if (gone.length > 0 && !replacesData) throw new Error(gone.join("; "));
  for (const what of gone) log.warn(`${project}: ${what}`);
  log.info(`${project}: to run version ${version} (release ${release}) again: rollback ${project} ${version}`);
}

/** The live release has to work with what was restored. */
async function checkHealth({ layout, log, description }: Restore, kept: string | undefined): Promise<void> {
  const { project, network } = description;
  const { live } = await readRecord(layout, project);
  if (!live) return;
  try {
    await Promise.all(live.containers.map((container) => untilHealthy(container, network)));
  } catch (error) {
    const back = kept === undefined ? "" : `; the database from before is kept as ${kept}`;
    throw new Error(
      `the data is restored, but release ${live.release} is not healthy: ${(error as Error).message}${back}`,
    );
  }
  log.info(`${project}: release ${live.release} (${live.version}) is healthy`);
}
