import { dirname, join, resolve } from "node:path";
import { readIfThere } from "../atomic-file";
import { damage } from "../backup/archive-file";
import { type BackupEntry, backupsFolder, parsedEntry, readIndex } from "../backup/backup-index";
import { ContractError } from "../contract-error";
import { platformDescription } from "../description";
import type { Layout } from "../layout";

/** Exit code of the script contract (SC-09). */
const NOT_FOUND = 2;

/** A file of a backup is not what it was when the backup was made. */
export class DamagedBackupError extends ContractError {
  constructor(message: string) {
    super(message, NOT_FOUND);
    this.name = "DamagedBackupError";
  }
}

/** A backup that can be restored, and where its files are. */
export interface FoundBackup {
  entry: BackupEntry;
  folder: string;
}

/**
 * The backup that an operator means: `latest` (the newest verified one), an id, or a path of a backup's folder or of a
 * file in it. Throws where there is none, it was not verified, or it belongs to another project or environment. By its id
 * or path also one of data that was half changed: it may be the only copy of that.
 * `evenSuspicious`: also one that is whole and has far fewer rows than the one before it.
 */
export async function findBackup(
  layout: Layout,
  project: string,
  named: string,
  { evenSuspicious = false } = {},
): Promise<FoundBackup> {
  const { backups } = await readIndex(layout, project);
  const found = named.includes("/")
    ? await backupAt(resolve(named))
    : listed(layout, project, named === "latest" ? backups.findLast(isUsable) : backups.find(isCalled(named)));
  if (!found) {
    const ids = backups.filter(isUsable).map(({ backup_id }) => backup_id);
    throw new ContractError(
      `${project}: there is no backup "${named}"\nhint: ${ids.length > 0 ? `there are ${ids.slice(-5).join(", ")}` : "there is no verified one at all"}`,
      NOT_FOUND,
    );
  }
  const { entry } = found;
  const { stack } = await platformDescription(layout);
  if (entry.project !== project || entry.stack !== stack) {
    throw new ContractError(
      `${entry.backup_id} is of project ${entry.project} on stack ${entry.stack}, not of ${project} on ${stack}`,
      NOT_FOUND,
    );
  }
  if (!isUsable(entry) && entry.status !== "changing" && !(evenSuspicious && entry.status === "suspicious")) {
    throw new ContractError(`${project}: backup ${entry.backup_id} is ${entry.status}: ${entry.note}`, NOT_FOUND);
  }
  return found;
}

/** Compares every file with its size and checksum, before anything is touched (RB-10). Throws `DamagedBackupError`. */
export async function checkIntegrity({ entry, folder }: FoundBackup): Promise<void> {
  for (const file of entry.files) {
    const bad = await damage(join(folder, file.name), file);
    if (bad !== undefined) throw new DamagedBackupError(`${entry.project}: ${bad}; nothing was touched`);
  }
}

function isUsable({ verified }: BackupEntry): boolean {
  return verified;
}

function isCalled(id: string): (entry: BackupEntry) => boolean {
  return ({ backup_id }) => backup_id === id;
}

function listed(layout: Layout, project: string, entry: BackupEntry | undefined): FoundBackup | undefined {
  return entry && { entry, folder: join(backupsFolder(layout, project), entry.backup_id) };
}

/** Throws `DamagedBackupError`. */
async function backupAt(path: string): Promise<FoundBackup | undefined> {
  for (const folder of [path, dirname(path)]) {
    const manifest = join(folder, "manifest.json");
    const text = await readIfThere(manifest).catch(() => undefined);
    if (text !== undefined) return { entry: entryOf(text, manifest), folder };
  }
  return undefined;
}

function entryOf(text: string, manifest: string): BackupEntry {
  const [entry] = parsedEntry(text);
  if (entry) return entry;
  throw new DamagedBackupError(`${manifest} is damaged: it does not tell of a backup; nothing was touched`);
}
