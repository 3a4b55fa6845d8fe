import type { Log } from "../log";
import { identifier, literal, PostgresError, psql } from "../postgres";
import { untilPostgresAnswers } from "../postgres-wait";
import { databasesBeside, datedName, dropDatabase } from "./fresh-database";

const DAY_MS = 86_400_000;
/** Longest wait for a Postgres that has ended in the middle of a swap, in seconds: a restart of it is over by then. */
const POSTGRES_SECONDS = 30;

export interface Swap {
  /** The project's own database, the name that applications connect to. */
  database: string;
  /** The one that takes its place. */
  incoming: string;
  /** Under which the present one is kept, closed to everybody. */
  kept: string;
}

export interface SwapResult extends Swap {
  /** How long no session could begin. */
  milliseconds: number;
}

/**
 * Puts a verified database into the place of a project's own, in one short step: no new sessions, those that there are
 * end, and both renames in one transaction. The replaced one is kept under a dated name. Where anything refuses, the
 * database is as it was and open again, also after a restart of Postgres, which is waited for. It goes to Postgres'
 * client in one piece, which ends it although this process is killed. `announce` is told of it before it is made.
 */
export async function swapDatabase(
  postgres: string,
  log: Log,
  database: string,
  incoming: string,
  announce?: (swap: Swap) => Promise<void>,
): Promise<SwapResult> {
  const kept = datedName(database, "before", new Date(), await databasesBeside(postgres, database, ["before"]));
  await announce?.({ database, incoming, kept });
  return swap(postgres, log, { database, incoming, kept });
}

/** The opposite: the kept database is the project's own again, and the one that had its place is as it was before. */
export async function swapBack(postgres: string, log: Log, { database, incoming, kept }: Swap): Promise<SwapResult> {
  return swap(postgres, log, { database, incoming: kept, kept: incoming });
}

async function swap(postgres: string, log: Log, { database, incoming, kept }: Swap): Promise<SwapResult> {
  const [own, next, old] = [database, incoming, kept].map(identifier);
  const there = await psql({ postgres }, [`SELECT oid FROM pg_database WHERE datname = ${literal(incoming)};`]);
  if (there === "")
    throw new PostgresError(`database ${incoming} is not there to take the place of ${database}`, false);
  const began = performance.now();
  const end = (milliseconds: string) => [
    `ALTER DATABASE ${own} WITH ALLOW_CONNECTIONS true;`,
    `SELECT oid = ${Number(there)}, ${milliseconds} FROM pg_database WHERE datname = ${literal(database)};`,
  ];
  let cutOff: Error | undefined;
  const output = await psql({ postgres }, [
    // From here on nothing but an end of Postgres ends the script before the last statement but one has opened the database again.
    "\\set ON_ERROR_STOP 0",
    "SELECT clock_timestamp() AS began \\gset",
    `ALTER DATABASE ${own} WITH ALLOW_CONNECTIONS false;`,
    `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = ${literal(database)} \\g /dev/null`,
    // All are told at once; a rename waits for them to be gone, for 5 s at most.
    "BEGIN;",
    `ALTER DATABASE ${own} RENAME TO ${old};`,
    `ALTER DATABASE ${next} RENAME TO ${own};`,
    "COMMIT;",
    ...end("1000 * extract(epoch FROM clock_timestamp() - :'began')"),
  ]).catch(async (error: Error) => {
    cutOff = error;
    // The renames are made or not; that nobody may connect was committed before them.
    if (await untilPostgresAnswers(postgres, POSTGRES_SECONDS)) {
      const text = `${error.message}; where ${database} is closed to everybody, its next backup or restore opens it`;
      throw new PostgresError(text, true, { cause: error });
    }
    return psql({ postgres }, end(String(performance.now() - began)));
  });
  const [isIn, milliseconds] = output.trim().split("|");
  if (isIn !== "t") {
    throw cutOff ?? new PostgresError(`${incoming} could not take the place of ${database}, which is as it was`, false);
  }
  log.info(`${database}: ${incoming} took its place in ${Math.round(Number(milliseconds))} ms; kept as ${kept}`);
  return { database, incoming, kept, milliseconds: Number(milliseconds) };
}

/** Opens a project's own database where a swap that was cut off has left it closed, to everybody. */
export async function openDatabase(postgres: string, database: string): Promise<void> {
  await psql({ postgres }, openingOf(database));
}

/** Lines for psql that do so. */
export function openingOf(database: string): string[] {
  return [
    "SELECT format('ALTER DATABASE %I WITH ALLOW_CONNECTIONS true', datname) FROM pg_database",
    `WHERE datname = ${literal(database)} AND NOT datallowconn`,
    "\\gexec",
  ];
}

/** Drops replaced databases whose time is over, but the last one. Returns their names. */
export async function pruneKeptDatabases(
  postgres: string,
  log: Log,
  database: string,
  days: number,
  now = new Date(),
): Promise<string[]> {
  const kept = await databasesBeside(postgres, database, ["before"]);
  const limit = datedName(database, "before", new Date(now.getTime() - days * DAY_MS), []);
  const old = kept.slice(0, -1).filter((name) => name < limit);
  for (const name of old) {
    await dropDatabase(postgres, name);
    log.info(`${database}: dropped ${name}, kept for ${days} days`);
  }
  return old;
}
