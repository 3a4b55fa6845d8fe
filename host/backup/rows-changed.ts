import { platformDescription, projectDescription } from "../description";
import type { Layout } from "../layout";
import { literal, psql } from "../postgres";
import type { DatabaseContent } from "./backup-index";
import { databaseTimeoutSeconds } from "./database-timeout";
import { dumpLogin } from "./dump-role";
import { COUNTED_TABLES, countRows, TABLES_ONLY } from "./dump-session";

/** Number of different transaction ids in a row's header. */
const XIDS = 2 ** 32;

/** What a project's database held at one moment: of a backup, or by `databaseMoment`. */
export type DatabaseMoment = Pick<DatabaseContent, "rows" | "snapshot">;

/** Now; `undefined` for a project without a database. */
export async function databaseMoment(layout: Layout, project: string): Promise<DatabaseMoment | undefined> {
  const login = await readerLogin(layout, project);
  return login && countRows(login, databaseTimeoutSeconds());
}

/**
 * Tables in which rows were added, changed or removed since a moment, sorted; also those that are new or gone. Where
 * it is empty, a restore to that moment loses nothing. A rewritten table counts as changed.
 *
 * Told from the number of rows, and from rows whose transaction was not begun, or not over, in the moment's snapshot:
 * `age` counts transactions back from now, which holds over a wrap-around of their ids.
 */
export async function rowsChangedSince(layout: Layout, project: string, moment: DatabaseMoment): Promise<string[]> {
  const login = await readerLogin(layout, project);
  if (!login) return [];
  const { rows } = await countRows(login, databaseTimeoutSeconds());
  const tables = [...new Set([...Object.keys(rows), ...Object.keys(moment.rows)])].sort();
  const changed = new Set(tables.filter((table) => rows[table] !== moment.rows[table]));
  const snapshot = `${literal(moment.snapshot)}::pg_snapshot`;
  const output = await psql(login, [
    "SET search_path = pg_catalog;",
    "SET row_security = off;",
    TABLES_ONLY,
    "SET statement_timeout = 0;",
    "SET transaction_timeout = 0;",
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;",
    `SELECT age((pg_snapshot_xmax(${snapshot})::text::numeric % ${XIDS})::text::xid) AS later \\gset`,
    `SELECT coalesce(string_agg((xid::text::numeric % ${XIDS})::text, ','), '0') AS open`,
    `FROM pg_snapshot_xip(${snapshot}) AS xid \\gset`,
    "SELECT format('SELECT %L WHERE EXISTS (SELECT FROM ONLY %I.%I WHERE age(xmin) <= %s OR xmin::text::bigint IN (%s))',",
    "  to_json(nspname || '.' || relname), nspname, relname, :'later', :'open')",
    COUNTED_TABLES,
    "\\gexec",
  ]);
  for (const line of output.split("\n").filter(Boolean)) changed.add(JSON.parse(line) as string);
  return [...changed].sort();
}

async function readerLogin(layout: Layout, project: string) {
  const { database } = await projectDescription(layout, project);
  if (database === undefined) return undefined;
  const { postgres } = await platformDescription(layout);
  return dumpLogin({ postgres, role: database, database });
}
