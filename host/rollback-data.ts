import type { DeploySettings, Migrations } from "../config/project";
import { chooseBackup, lossMinutes } from "./backup/backup-choice";
import { type BackupEntry, readIndex } from "./backup/backup-index";
import { ContractError } from "./contract-error";
import { projectDescription } from "./description";
import { docker } from "./docker";
import { imagesAtHand } from "./images/images-at-hand";
import type { Layout } from "./layout";
import type { Log } from "./log";
import { isSuccess, readManifest } from "./manifest";
import { type LiveRelease, type ProjectRecord, readRecord } from "./record";
import type { ProjectDescription } from "./requests";
import { type SchemaRecord, suits } from "./schema";

/** Exit code of the script contract (SC-01). */
const WRONG_USE = 1;

/** What a rollback does about the database, and how that reads. */
export type DataPlan =
  | { kind: "keep"; text: string }
  | { kind: "restore"; text: string; backup: string; lossMinutes: number }
  | { kind: "impossible"; text: string };

export interface DataFacts {
  policy: DeploySettings["database"];
  /** Revision that the database is at, and the one that the target was made for; "" where it is not known. */
  current: string;
  target: string;
  /** Whether the target is known to work with the database as it is. */
  isCompatible: boolean;
  /** The backup that would be restored. */
  backup?: { id: string; lossMinutes: number };
}

/** Nothing is restored unless the releases need different schemas, or somebody says so (`database: auto`). */
export function dataPlan({ policy, current, target, isCompatible, backup }: DataFacts): DataPlan {
  const differs = current !== target && current !== "" && target !== "";
  if (policy === "keep") return { kind: "keep", text: `kept${differs ? `, at revision ${current}` : ""}` };
  if (policy === "auto" && !differs) return { kind: "keep", text: `kept: ${whyKept(current, target)}` };
  if (policy === "auto" && isCompatible) {
    return {
      kind: "keep",
      text: `kept at revision ${current}: its migration suits the release before (migrations.compatible)`,
    };
  }
  if (!backup) {
    const which = target === "" ? "for that release" : `at revision ${target} or an older one`;
    return {
      kind: "impossible",
      text: `there is no verified backup ${which}; containers only: --database keep`,
    };
  }
  const loss = `the writes of the last ${backup.lossMinutes} minutes are lost`;
  return {
    kind: "restore",
    text: `restored from ${backup.id}: ${loss}`,
    backup: backup.id,
    lossMinutes: backup.lossMinutes,
  };
}

function whyKept(current: string, target: string): string {
  if (current === target && current !== "") return "both releases are at one schema revision";
  return `which schema revision ${target === "" ? "that release was made for" : "it is at"} is not known here`;
}

export interface RollbackPlanRequest {
  project: string;
  /** Of the target. */
  release: string;
  database: DeploySettings["database"];
  /** A backup's id instead of the one that fits. */
  backup?: string;
}

/** Also what has to come from a backup's own tag: container name to image id (OV-10). */
export type RollbackPlan = DataPlan & { imageIds?: Record<string, string> };

/**
 * The plan for a release that this host knows. Throws before anything is touched: `ContractError` 1 for a backup that a
 * database which is kept has no use for, 2 where one of the images is gone.
 */
export async function rollbackPlan(layout: Layout, log: Log, wanted: RollbackPlanRequest): Promise<RollbackPlan> {
  const { project, release, database, backup } = wanted;
  if (backup && database === "keep") {
    throw new ContractError(`${project}: a database that is kept gets nothing of backup ${backup}`, WRONG_USE);
  }
  const [description, record, manifest] = await Promise.all([
    projectDescription(layout, project),
    readRecord(layout, project),
    readManifest(layout, project),
  ]);
  const past = manifest.deployment_history.find((one) => one.release === release && isSuccess(one));
  const images = past?.images ?? {};
  const imageIds = await imagesAtHand(layout, log, project, images);
  const snapshot = (record.standby?.release === release ? record.standby : past?.config)?.snapshot;
  // Its own container: `projects.yml` may name another one by now, or none.
  const migrations = snapshot?.migrations ?? description.migrations;
  const plan = await planOfData(layout, wanted, {
    description,
    record,
    migrations,
    images: { ...images, ...imageIds },
  });
  return { ...plan, ...(Object.keys(imageIds).length > 0 && { imageIds }) };
}

interface Known {
  description: ProjectDescription;
  record: ProjectRecord;
  /** Of the target. */
  migrations: Migrations | undefined;
  /** Of the target, as Docker finds them. */
  images: Record<string, string>;
}

async function planOfData(
  layout: Layout,
  { project, release, database, backup }: RollbackPlanRequest,
  { description, record, migrations, images }: Known,
): Promise<DataPlan> {
  if (!description.database) return { kind: "keep", text: "the project has none" };
  const { schema, standby } = record;
  const policy = backup ? "restore" : database;
  const hasSchema = migrations !== undefined && schema !== undefined;
  if (!hasSchema && policy !== "restore") return { kind: "keep", text: "kept: the project has no migrations" };
  const index = await readIndex(layout, project);
  const named = backup ? index.backups.find((one) => isUsable(one) && one.backup_id === backup) : undefined;
  if (!hasSchema) {
    const entry = backup ? named : index.backups.findLast(isUsable);
    return dataPlan({ policy, current: "", target: "", isCompatible: false, ...chosen(entry) });
  }
  const image = standby?.release === release ? await imageOf(standby, migrations.container) : undefined;
  const reference = images[migrations.container];
  const target = headOf(schema, image ?? (reference && (await imageId(reference))));
  // Of a release whose revision is not known, what it had itself: the newest backup is of what it is to replace.
  const isOwn = (one: BackupEntry) => isUsable(one) && one.release === release;
  const isKnown = target !== "" || schema.revision === "";
  const fitting = () => (isKnown ? chooseBackup(index, schema, target) : index.backups.findLast(isOwn));
  const entry = backup ? named : fitting();
  return dataPlan({ policy, current: schema.revision, target, isCompatible: suits(schema, target), ...chosen(entry) });
}

function isUsable({ verified, database }: BackupEntry): boolean {
  return verified && database !== undefined;
}

function chosen(entry: BackupEntry | undefined): Pick<DataFacts, "backup"> {
  return entry ? { backup: { id: entry.backup_id, lossMinutes: lossMinutes(entry, new Date()) } } : {};
}

function headOf(schema: SchemaRecord, image: string | undefined): string {
  return (image && schema.heads[image]) || "";
}

async function imageOf({ containers }: LiveRelease, service: string): Promise<string | undefined> {
  const container = containers.find((one) => one.service === service);
  return container && (await docker().getContainer(container.id).inspect()).Image;
}

async function imageId(reference: string): Promise<string | undefined> {
  const image = await docker()
    .getImage(reference)
    .inspect()
    .catch(() => undefined);
  return image?.Id;
}
