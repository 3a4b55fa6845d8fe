import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { syncFolder, writeAtomic } from "../atomic-file";
import { recordEvent } from "../audit";
import { ContractError } from "../contract-error";
import { isHalfChanged, isJournalOpen } from "../data-journal";
import { platformDescription, projectDescription } from "../description";
import type { Layout } from "../layout";
import { withLock } from "../lock";
import type { Log } from "../log";
import { notify } from "../notify";
import { readRecord } from "../record";
import { resumeSwap } from "../restore/swap-volume";
import { lastGood } from "./backup-choice";
import { type BackupContent, type BackupSource, readContentBack, writeContent } from "./backup-content";
import { BackupError } from "./backup-error";
import { nextBackupId } from "./backup-id";
import {
  type BackupEntry,
  type BackupIndex,
  type BackupType,
  backupLock,
  backupsFolder,
  manifestText,
  readIndex,
  updateEntry,
  writeIndex,
} from "./backup-index";
import { backupVerdict } from "./backup-verdict";
import { databaseTimeoutSeconds } from "./database-timeout";
import { checkDatabaseVolume, checkSpace, databaseSize, freeBytes } from "./free-space";
import { judgeLoss } from "./loss-check";
import { pruneBackups } from "./prune-backups";
import { PARTIAL, sweepBackups } from "./sweep-backups";

/** Exit codes of the script contract (SC-05). */
const DUMP_FAILED = 1;
const NOT_VERIFIED = 2;
const DAY_MS = 86_400_000;
const MINIMUM_FREE_BYTES = 2e9;
const CHANGING =
  "its data is being changed, and a backup would have neither what was nor what will be; " +
  "what is on its way, or was left half done: deployment-status";
/** Pause between two looks at whether a change of the data is over, in milliseconds. */
const CHANGE_PAUSE_MS = 200;

export interface BackupWish {
  project: string;
  type: BackupType;
  /** Who, e.g. `ann@laptop`. */
  by: string;
  /** Longest wait for another backup, restore or migration of the project, in seconds. Default 0: refused at once. */
  lockWaitSeconds?: number;
  /** The caller holds `backupLock` already. Default false. */
  isLockHeld?: boolean;
  /**
   * Leaves it to the next backup to delete, drop and upload what is due: where a change of the data waits for this one,
   * which may need an expired backup. Nothing is lost where the next is a while away. Default false.
   */
  leavesTidying?: boolean;
}

/** What a backup depends on beside Docker; a test puts its own in. */
export interface Surroundings {
  now(): Date;
  freeBytes(folder: string): Promise<number>;
  minimumFreeBytes: number;
}

const REAL: Surroundings = { now: () => new Date(), freeBytes, minimumFreeBytes: MINIMUM_FREE_BYTES };

/**
 * Makes one backup of a project: database, named volumes, generated configuration, and which images and schema they
 * belong to. It is made in a folder of its own, read back, renamed when whole, and listed last: a run that is killed
 * leaves nothing under a final name. What is not verified is listed as such, and throws. Its `uploaded_at` tells whether
 * it is in the object store, too: an upload that fails is a warning, made up for after the next backup. Throws
 * `BackupError`.
 */
export async function backupProject(
  layout: Layout,
  log: Log,
  wish: BackupWish,
  surroundings: Surroundings = REAL,
): Promise<BackupEntry> {
  const { project, type, by, lockWaitSeconds = 0, isLockHeld = false } = wish;
  const began = performance.now();
  const event = () => ({ operation: "backup", project, by, seconds: (performance.now() - began) / 1000 }) as const;
  const purpose = `${type} backup of ${project}`;
  try {
    const deadline = Date.now() + lockWaitSeconds * 1000;
    const make = async () => {
      if (await isChanging(layout, wish)) return undefined;
      return makeBackup(layout, log, wish, surroundings);
    };
    const entry = await whileUnchanged(layout, wish, deadline, () =>
      isLockHeld ? make() : withLock(backupLock(layout, project), purpose, secondsUntil(deadline), make),
    );
    await recordEvent(layout, { ...event(), to: entry.backup_id, result: "success", reason: type });
    return entry;
  } catch (error) {
    await recordEvent(layout, { ...event(), result: "failure", reason: (error as Error).message });
    throw new BackupError(error as Error);
  }
}

/** Tries again while a change of the project's data is on its way, which answers nothing. Throws at the deadline. */
async function whileUnchanged(
  layout: Layout,
  wish: BackupWish,
  deadline: number,
  make: () => Promise<BackupEntry | undefined>,
): Promise<BackupEntry> {
  for (;;) {
    const entry = await make();
    if (entry) return entry;
    do {
      if (Date.now() >= deadline) throw new Error(`${wish.project}: ${CHANGING}`);
      await setTimeout(CHANGE_PAUSE_MS);
    } while (await isChanging(layout, wish));
  }
}

/** Matters to a backup that belongs to no deploy: it would have a part of the change, and be listed with the schema before. */
async function isChanging(layout: Layout, { project, type }: BackupWish): Promise<boolean> {
  return (type === "scheduled" || type === "manual") && isJournalOpen(layout, project);
}

function secondsUntil(deadline: number): number {
  return Math.max(0, (deadline - Date.now()) / 1000);
}

async function makeBackup(layout: Layout, log: Log, wish: BackupWish, surroundings: Surroundings) {
  const { project, type } = wish;
  const source: BackupSource = {
    layout,
    description: await projectDescription(layout, project),
    platform: await platformDescription(layout),
    timeoutSeconds: databaseTimeoutSeconds(),
  };
  await resumeSwap(layout, log, project);
  const index = await sweepBackups(layout, log, project);
  const databaseBytes = await sizeIfThereIsSpace(log, source, surroundings);

  const now = surroundings.now();
  const id = nextBackupId(index.backups.at(-1)?.backup_id, now);
  const wasHalfChanged = await isHalfChanged(layout, project);
  const entry = await inPartialFolder(layout, project, id, async (partial) => {
    const content = await writeContent(source, partial);
    const damage = await readContentBack(source, partial, content);
    return describedBackup(source, wish, {
      id,
      now,
      verifiedAt: surroundings.now(),
      content,
      databaseBytes,
      damage,
      isHalfChanged: wasHalfChanged || (await isHalfChanged(layout, project)),
      index,
    });
  });
  await list(layout, log, index, entry);
  if (entry.status === "changing") log.warn(`${project}: ${type} backup ${id}: ${entry.note}`);
  else if (entry.status === "suspicious" && type === "safety") {
    // What it is taken before may be the very cure.
    log.warn(`${project}: safety backup ${id} is suspicious: ${entry.note}`);
  } else if (!entry.verified) {
    throw new ContractError(`${project}: backup ${id} is ${entry.status}: ${entry.note}`, NOT_VERIFIED);
  }
  if (!wish.leavesTidying) await tidy(log, source, id, now);
  log.success(`${type === "pre_deployment" ? "Backup created" : "Backup complete"}: ${entry.file_path}`);
  return (await listed(layout, project, id)) ?? entry;
}

/** A backup as it is listed now. */
async function listed(layout: Layout, project: string, id: string): Promise<BackupEntry | undefined> {
  return (await readIndex(layout, project)).backups.find(({ backup_id }) => backup_id === id);
}

/** How large the database is, where there is one; it is open then. Throws where there is no space for a backup. */
async function sizeIfThereIsSpace(
  log: Log,
  { layout, platform, description }: BackupSource,
  surroundings: Surroundings,
): Promise<number | undefined> {
  const folder = backupsFolder(layout, description.project);
  const { minimumFreeBytes } = surroundings;
  const free = await surroundings.freeBytes(folder);
  checkSpace(folder, free, minimumFreeBytes, 0);
  if (description.database === undefined) return undefined;
  const size = databaseSize(platform.postgres, description.database);
  const { bytes, volume, isOpen } = await size.catch((cause: Error) => {
    throw new ContractError(`${description.project}: the backup failed: ${cause.message}`, DUMP_FAILED, { cause });
  });
  if (!isOpen) {
    // Swaps have `backupLock`, but for a way back, which is tried again.
    const { openDatabase } = await import("../restore/swap-database");
    await openDatabase(platform.postgres, description.database);
    log.warn(`${description.project}: a restore that was cut off had left its database closed; it is open again`);
  }
  checkDatabaseVolume(volume);
  checkSpace(folder, free, minimumFreeBytes, bytes);
  return bytes;
}

/** The folder gets its final name when all of it is on disk, the manifest included. */
async function inPartialFolder(
  layout: Layout,
  project: string,
  id: string,
  fill: (partial: string) => Promise<BackupEntry>,
): Promise<BackupEntry> {
  const parent = backupsFolder(layout, project);
  const partial = join(parent, id + PARTIAL);
  try {
    await mkdir(partial, { recursive: true });
    const entry = await fill(partial);
    await writeAtomic(join(partial, "manifest.json"), manifestText(entry));
    await rename(partial, join(parent, id));
    await syncFolder(parent);
    return entry;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw new ContractError(`${project}: the backup failed: ${(error as Error).message}`, DUMP_FAILED, {
      cause: error,
    });
  }
}

interface Made {
  id: string;
  now: Date;
  verifiedAt: Date;
  content: BackupContent;
  /** Of the database on Postgres' disk, before it was dumped. */
  databaseBytes: number | undefined;
  /** What reading it back found. */
  damage: string | undefined;
  /** The data, before or after it was read. */
  isHalfChanged: boolean;
  index: BackupIndex;
}

async function describedBackup(
  { layout, platform, description }: BackupSource,
  { project, type, by }: BackupWish,
  { id, now, verifiedAt, content, databaseBytes, damage, isHalfChanged: isChanging, index }: Made,
): Promise<BackupEntry> {
  const { live, schema, dataDeletedAt } = await readRecord(layout, project);
  const { files, database } = content;
  const main = files.find(({ kind }) => kind === "database");
  const before = lastGood(index, dataDeletedAt)?.database?.rows;
  const servesNobody = type === "pre_deployment" && !live;
  const loss = database ? judgeLoss(database.rows, before, { servesNobody }) : ({ kind: "fine" } as const);
  const { status, note } = backupVerdict(damage?.replaceAll(`${PARTIAL}/`, "/"), isChanging, loss);
  return {
    backup_id: id,
    project,
    stack: platform.stack,
    environment: platform.environment,
    created_at: now.toISOString(),
    backup_type: type,
    created_by: by,
    file_path: join(backupsFolder(layout, project), id, main?.name ?? "manifest.json"),
    file_size_mb: Number((files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6).toFixed(3)),
    sha256: main?.sha256 ?? "",
    bytes: main?.bytes ?? 0,
    files,
    verified: status === "verified",
    verified_at: status === "verified" ? verifiedAt.toISOString() : null,
    status,
    ...(note !== undefined && { note }),
    restored_at: null,
    uploaded_at: null,
    retention_until: new Date(now.getTime() + description.backup.retentionDays * DAY_MS).toISOString(),
    held: false,
    artifact_id: live?.release ?? "",
    release: live?.release ?? "",
    version: live?.version ?? "",
    images: live?.images ?? {},
    // The record tells of a change once it is made.
    schema_revision: status === "changing" ? "" : (schema?.revision ?? ""),
    ...(database && { database: { ...database, ...(databaseBytes !== undefined && { bytes: databaseBytes }) } }),
    volumes: files.flatMap(({ volume }) => (volume === undefined ? [] : [volume])),
  };
}

/** Where much was lost since the backup before, that one stays whatever its age. */
async function list(layout: Layout, log: Log, index: BackupIndex, entry: BackupEntry): Promise<void> {
  await writeIndex(layout, entry.project, { backups: [...index.backups, entry] });
  const before = lastGood(index, (await readRecord(layout, entry.project)).dataDeletedAt);
  if (!entry.verified || entry.note === undefined || !before) return;
  await updateEntry(layout, { ...before, held: true });
  log.warn(`${entry.project}: ${entry.note}; ${before.backup_id} is kept whatever its age`);
}

/** The backup is good whatever becomes of these; what failed is tried again after the next one. */
async function tidy(log: Log, source: BackupSource, id: string, now: Date): Promise<void> {
  const { layout, platform, description } = source;
  const { project, backup } = description;
  try {
    await pruneBackups(layout, log, project, backup.keep, now);
  } catch (error) {
    log.warn(`${project}: old backups could not be deleted: ${(error as Error).message}`);
  }
  await dropReplaced(log, source, now).catch((error: Error) =>
    log.warn(`${project}: replaced databases could not be dropped: ${error.message}`),
  );
  const { s3 } = platform;
  if (!s3) return;
  try {
    const { uploadBackups } = await import("./upload-backups");
    await uploadBackups(layout, log, project, s3);
  } catch (error) {
    const isCopied = (await listed(layout, project, id))?.uploaded_at != null;
    const what = isCopied ? "an older backup is" : "the backup is";
    const text = `${project}: ${what} on this host only, its upload failed: ${(error as Error).message}`;
    log.warn(text);
    await notify(layout, log, text);
    if (!isCopied) return; // Copies go only from a store that takes new ones.
  }
  try {
    const { pruneCopies } = await import("./expired-copies");
    await pruneCopies(layout, log, project, s3);
  } catch (error) {
    log.warn(`${project}: copies of old backups could not be deleted: ${(error as Error).message}`);
  }
}

/** What restores and ways back replaced is kept for a while; not looked for while one of them might be wanted back. */
async function dropReplaced(log: Log, { layout, platform, description }: BackupSource, now: Date): Promise<void> {
  const { project, database, backup } = description;
  if (database === undefined || (await isJournalOpen(layout, project))) return;
  const { pruneKeptDatabases } = await import("../restore/swap-database");
  await pruneKeptDatabases(platform.postgres, log, database, backup.retentionDays, now);
}
