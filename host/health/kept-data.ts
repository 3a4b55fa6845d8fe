import { type BackupEntry, backupEntries } from "../backup/backup-index";
import { describedProjects, platformDescription, projectDescription } from "../description";
import { databaseSpace, hostSpace } from "../disk-space";
import { inTime } from "../in-time";
import type { Layout } from "../layout";
import { literal, query } from "../postgres";
import { readRecord } from "../record";

/** How old a project's backups are; `null` where there is none. */
export interface BackupAges {
  last_verified: BackupAge | null;
  /** Restored into a database, to prove it or for good. */
  last_restored: BackupAge | null;
  /** Why nothing can be told. */
  error?: string;
}

interface BackupAge {
  backup_id: string;
  /** RFC 3339. */
  at: string;
  age_seconds: number;
}

export interface KeptData {
  /** By project. */
  backups: Record<string, BackupAges>;
  /** Of the disk that backups are on; left out where that does not answer. */
  disk?: SpaceInBytes;
  /** Left out where Postgres does not answer. */
  database?: SpaceInBytes & {
    /** Databases that no deployed project uses: of removed projects, and replaced ones that a restore kept. */
    unused: { name: string; bytes: number }[];
  };
}

interface SpaceInBytes {
  free_bytes: number;
  total_bytes: number;
}

/** What a health check tells beside the services; without the part that was not there after `timeoutSeconds`. */
export async function keptData(layout: Layout, now: Date, timeoutSeconds: number): Promise<KeptData> {
  const projects = await describedProjects(layout);
  const ages = projects.map(
    async (project) =>
      [project, await backupEntries(layout, project).then((entries) => backupAges(entries, now), untold)] as const,
  );
  const [backups, space, database] = await Promise.all([
    Promise.all(ages),
    told(hostSpace(layout), timeoutSeconds),
    told(databaseData(layout), timeoutSeconds),
  ]);
  return {
    backups: Object.fromEntries(backups),
    ...(space && { disk: { free_bytes: space.freeBytes, total_bytes: space.totalBytes } }),
    ...(database && { database }),
  };
}

/** A failure is told by the service that it is of. */
async function told<T>(answer: Promise<T>, timeoutSeconds: number): Promise<T | undefined> {
  return inTime(answer, timeoutSeconds, () => undefined).catch(() => undefined);
}

export function backupAges(entries: BackupEntry[], now: Date): BackupAges {
  const newest = (timeOf: (entry: BackupEntry) => string | null | undefined): BackupAge | null => {
    const dated = entries.flatMap((entry) => {
      const at = timeOf(entry);
      return at ? [{ backup_id: entry.backup_id, at }] : [];
    });
    const [last] = dated.sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
    return last ? { ...last, age_seconds: Math.round((now.getTime() - Date.parse(last.at)) / 1000) } : null;
  };
  return {
    last_verified: newest(({ verified, verified_at, created_at }) => (verified ? (verified_at ?? created_at) : null)),
    last_restored: newest(({ restored_at }) => restored_at),
  };
}

/** A damaged index keeps nobody from the health of the services. */
function untold({ message }: Error): BackupAges {
  return { last_verified: null, last_restored: null, error: message };
}

async function databaseData(layout: Layout): Promise<KeptData["database"]> {
  const { postgres } = await platformDescription(layout);
  const [{ freeBytes, totalBytes }, unused] = await Promise.all([
    databaseSpace(postgres),
    unusedDatabases(layout, postgres),
  ]);
  return { free_bytes: freeBytes, total_bytes: totalBytes, unused };
}

/** Databases of this host's Postgres, all or those of a role, that no deployed project uses, by name. */
export async function unusedDatabases(
  layout: Layout,
  postgres: string,
  owner?: string,
): Promise<{ name: string; bytes: number }[]> {
  const used = new Set(["postgres"]);
  for (const project of await describedProjects(layout)) {
    const { database } = await projectDescription(layout, project);
    if (database !== undefined && (await readRecord(layout, project)).live) used.add(database);
  }
  const ofOwner = owner === undefined ? "" : ` AND pg_get_userbyid(datdba) = ${literal(owner)}`;
  const sql = `SELECT datname, pg_database_size(oid) FROM pg_database WHERE NOT datistemplate${ofOwner} ORDER BY datname`;
  const rows = await query({ postgres }, sql);
  return rows.flatMap(([name = "", bytes]) => (used.has(name) ? [] : [{ name, bytes: Number(bytes) }]));
}
