import { mkdir, statfs } from "node:fs/promises";
import { ContractError } from "../contract-error";
import { DATABASE_DF, type DiskSpace, dfSpace, spaceText, spaceVerdict } from "../disk-space";
import { literal, psql } from "../postgres";

/** Exit code of the script contract (SC-05). */
const NO_SPACE = 3;

/** Bytes that a process without privileges may still write below a folder, which is made where it is not there. */
export async function freeBytes(folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Throws where a backup must not begin; each message has both numbers. */
export function checkSpace(folder: string, free: number, minimum: number, estimate: number): void {
  if (free < minimum) {
    throw new ContractError(
      `${folder} has ${gigabytes(free)} free; a backup needs ${gigabytes(minimum)}\nhint: make room there, or set BACKUP_DIR`,
      NO_SPACE,
    );
  }
  if (estimate > free) {
    throw new ContractError(
      `the database has ${gigabytes(estimate)}, and ${folder} has only ${gigabytes(free)} free\nhint: make room there, or set BACKUP_DIR`,
      NO_SPACE,
    );
  }
}

export interface DatabaseSize {
  bytes: number;
  /** Left of the volume that Postgres writes to. */
  volume: DiskSpace;
  /** Whether anybody may connect. */
  isOpen: boolean;
}

/** How large a database is, in one call with what else a backup asks of it, since a deploy waits for it. */
export async function databaseSize(postgres: string, database: string): Promise<DatabaseSize> {
  const name = literal(database);
  const size = `SELECT pg_database_size(${name}), (SELECT datallowconn FROM pg_database WHERE datname = ${name});`;
  const told = await psql({ postgres }, [size, `\\! ${DATABASE_DF.join(" ")}`]);
  const [bytes, isOpen] = told.slice(0, told.indexOf("\n")).split("|");
  return { bytes: Number(bytes), volume: dfSpace(told), isOpen: isOpen === "t" };
}

/**
 * Throws where the volume of the databases is nearly full (fault 7). A dump reads, but while it runs its snapshot keeps
 * Postgres from using the space of old rows again, and large sorts are written there: the last of it belongs to the
 * projects.
 */
export function checkDatabaseVolume(volume: DiskSpace): void {
  if (spaceVerdict(volume) !== "unhealthy") return;
  throw new ContractError(
    `the volume of the databases is nearly full: ${spaceText(volume)}; no backup is begun\nhint: make room there, the service needs it`,
    NO_SPACE,
  );
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}
