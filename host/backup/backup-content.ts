import { join } from "node:path";
import { syncFolder } from "../atomic-file";
import type { Layout } from "../layout";
import type { PlatformDescription, ProjectDescription } from "../requests";
import { digestOf, mismatch } from "./archive-file";
import type { BackupFile, DatabaseContent } from "./backup-index";
import { copyConfiguration } from "./configuration-copy";
import { DUMP_FILE, dumpDatabase, readDumpBack } from "./database-archive";
import { dumpLogin } from "./dump-role";
import { archiverImage, archiveVolume, readVolumeBack, type VolumePlace, volumeFile } from "./volume-archive";

/** What is backed up, and how long one part of it may take. */
export interface BackupSource {
  layout: Layout;
  platform: PlatformDescription;
  description: ProjectDescription;
  timeoutSeconds: number;
}

export interface BackupContent {
  /** The database's first, where there is one. */
  files: BackupFile[];
  database?: DatabaseContent;
}

/** Writes database, volumes and configuration of a project into an empty folder; on disk when it resolves. */
export async function writeContent(source: BackupSource, folder: string): Promise<BackupContent> {
  const database = await dump(source, folder);
  const volumes = await archiveVolumes(source, folder);
  const configuration = await copyConfiguration(source.layout, source.description.project, folder);
  await syncFolder(folder);
  return {
    files: [...(database ? [database.file] : []), ...volumes, ...configuration],
    ...(database && { database: database.content }),
  };
}

async function dump(
  { platform, description, timeoutSeconds }: BackupSource,
  folder: string,
): Promise<{ file: BackupFile; content: DatabaseContent } | undefined> {
  const { database, backup } = description;
  if (database === undefined) return undefined;
  const name = DUMP_FILE[backup.format];
  const login = await dumpLogin({ postgres: platform.postgres, role: database, database });
  const path = join(folder, name);
  const { counted, digest } = await dumpDatabase(login, backup.format, path, timeoutSeconds);
  return { file: { name, kind: "database", ...digest }, content: { format: backup.format, ...counted } };
}

async function archiveVolumes(source: BackupSource, folder: string): Promise<BackupFile[]> {
  const { volumes, backup } = source.description;
  const files: BackupFile[] = [];
  for (const volume of backup.volumes) {
    const dockerName = volumes[volume];
    if (dockerName === undefined) continue; // Nothing that this project runs mounts it any more.
    const name = volumeFile(volume);
    const place = await volumePlace(source);
    const digest = await archiveVolume(place, dockerName, join(folder, name), source.timeoutSeconds);
    files.push({ name, kind: "volume", volume, ...digest });
  }
  return files;
}

/** Reads all of a backup back from disk; what is wrong with it, if anything is. */
export async function readContentBack(
  source: BackupSource,
  folder: string,
  content: BackupContent,
): Promise<string | undefined> {
  for (const file of content.files) {
    const bad = await readFileBack(source, join(folder, file.name), file, content);
    if (bad !== undefined) return bad;
  }
  return undefined;
}

async function readFileBack(
  source: BackupSource,
  path: string,
  file: BackupFile,
  { database }: BackupContent,
): Promise<string | undefined> {
  const { platform, timeoutSeconds } = source;
  if (file.kind === "database" && database) {
    return readDumpBack(platform.postgres, path, file, database, timeoutSeconds);
  }
  if (file.kind === "volume") return readVolumeBack(await volumePlace(source), path, file, timeoutSeconds);
  const { sha256 } = await digestOf(path);
  return sha256 === file.sha256 ? undefined : mismatch(path, sha256, file.sha256);
}

async function volumePlace({ platform, description }: BackupSource): Promise<VolumePlace> {
  const image = await archiverImage(platform.postgres);
  return { stack: platform.stack, project: description.project, image };
}
