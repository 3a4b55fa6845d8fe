import type { BackupEntry, BackupType } from "../backup/backup-index";
import { backupEntries, backupLock } from "../backup/backup-index";
import { ContractError } from "../contract-error";
import { describedProjects, platformDescription } from "../description";
import { durationText } from "../duration-text";
import type { Layout } from "../layout";
import { lockHolder } from "../lock";
import { readRecord } from "../record";
import { type BackupAges, backupAges } from "./kept-data";
import type { ServiceHealth } from "./service-health";

/** How old the newest of a project's backups may be, in hours; 0: as old as it likes. */
export interface AgeLimits {
  /** Of the last one that was verified. */
  verifiedHours: number;
  /** Of the last one that was restored into a scratch database, to prove it. */
  restoredHours: number;
}

/** Where backups are scheduled, once a day unless somebody chose otherwise: half a day late, or a week without a proof. */
export const SCHEDULED_LIMITS: AgeLimits = { verifiedHours: 36, restoredHours: 192 };
export const NO_LIMITS: AgeLimits = { verifiedHours: 0, restoredHours: 0 };
/** Made while a change of the data waits: their copies are made after the next backup of another type. */
const COPIED_LATER: BackupType[] = ["pre_deployment", "safety"];
const MOST_HOURS = 1_000_000;
/** Exit code of a question that cannot be put. */
const USAGE = 1;

/** What is known of the backups of a deployed project. */
export interface ProjectBackups {
  project: string;
  ages: BackupAges;
  /** RFC 3339. From when on there could have been a backup: since its release serves, or since its oldest backup. */
  since: string;
  /** Id of the newest verified backup that is copied at once, where it should be in the object store, and is not. */
  notStored?: string;
}

/**
 * Degraded where the newest backup of a deployed project is too old, was restored too long ago, or has no copy in the
 * object store that is configured.
 */
export async function checkBackups(layout: Layout, limits: AgeLimits, now: Date): Promise<ServiceHealth> {
  const { s3 } = await platformDescription(layout);
  const found = await Promise.all(
    (await describedProjects(layout)).map((project) => projectBackups(layout, project, s3 !== undefined, now)),
  );
  const reasons = found.flatMap((project) => (project ? whyDegraded(project, limits, now) : []));
  if (reasons.length === 0) return { status: "healthy", response_time_ms: null };
  return { status: "degraded", response_time_ms: null, reason: reasons.join("; ") };
}

async function projectBackups(
  layout: Layout,
  project: string,
  isStored: boolean,
  now: Date,
): Promise<ProjectBackups | undefined> {
  const { live } = await readRecord(layout, project);
  if (!live) return undefined;
  try {
    const entries = await backupEntries(layout, project);
    const newest = entries.find(({ verified, backup_type }) => verified && !COPIED_LATER.includes(backup_type));
    const notStored =
      isStored && newest?.uploaded_at === null && !(await isAtWork(layout, project)) ? newest : undefined;
    return {
      project,
      ages: backupAges(entries, now),
      since: earlier(live.since, entries.at(-1)),
      ...(notStored && { notStored: notStored.backup_id }),
    };
  } catch (error) {
    const ages = { last_verified: null, last_restored: null, error: (error as Error).message };
    return { project, ages, since: live.since };
  }
}

/** A backup that is being made is listed before its copy is. */
async function isAtWork(layout: Layout, project: string): Promise<boolean> {
  return (await lockHolder(backupLock(layout, project))) !== undefined;
}

function earlier(since: string, oldest: BackupEntry | undefined): string {
  return oldest && Date.parse(oldest.created_at) < Date.parse(since) ? oldest.created_at : since;
}

export function whyDegraded(
  { project, ages: { last_verified, last_restored, error }, since, notStored }: ProjectBackups,
  { verifiedHours, restoredHours }: AgeLimits,
  now: Date,
): string[] {
  if (error !== undefined) return [`${project}: its backups are not known: ${error}`];
  const waited = (now.getTime() - Date.parse(since)) / 1000;
  const tooOld = (what: string, backup: { age_seconds: number } | null, limitHours: number): string[] => {
    const age = backup?.age_seconds ?? waited;
    if (limitHours === 0 || age <= limitHours * 3600) return [];
    const found = backup ? `${durationText(age)} ago` : "never";
    return [`${project}: ${what}: ${found}, the limit is ${limitHours} h`];
  };
  return [
    ...tooOld("last verified backup", last_verified, verifiedHours),
    ...tooOld("last restore test", last_restored, restoredHours),
    ...(notStored === undefined ? [] : [`${project}: ${notStored} is on this host only, not in the object store`]),
  ];
}

/** Hours that an option gives; throws for what is no number of them. */
export function hoursOf(option: string, text: string): number {
  const hours = Number(text);
  if (text.trim() !== "" && hours >= 0 && hours <= MOST_HOURS) return hours;
  throw new ContractError(`--${option} ${text}: a number of hours, 0 for no limit`, USAGE);
}
