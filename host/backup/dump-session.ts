import { type Login, PostgresError, psql, psqlCommand, unreachable } from "../postgres";
import { execStreamed } from "../stream";
import { type Extensions, SUPERUSER_EXTENSIONS } from "./superuser-extensions";

/** Tables with rows of their own: partitions, not the partitioned; without those that belong to an extension. */
export const COUNTED_TABLES = `FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind = 'r' AND relpersistence <> 't' AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype = 'e')
ORDER BY nspname, relname`;

/** Each counted by a statement of its own, which can use all cores. */
const COUNT = `SELECT format('SELECT json_build_array(%L, count(*)) FROM ONLY %I.%I', nspname || '.' || relname, nspname, relname)
${COUNTED_TABLES}
\\gexec`;

/** Exit code of psql where a statement of a script failed (ON_ERROR_STOP). */
const STATEMENT_FAILED = 3;

/** What a tenant puts into the place of a table meanwhile would run as the role that dumps. `pg_dump` has this, too. */
export const TABLES_ONLY = "SET restrict_nonsystem_relation_kind = 'view, foreign-table';";

/** A session owns no limits of its project's: it idles while a dump runs. */
const SESSION = [
  "SET search_path = pg_catalog;",
  "SET row_security = off;",
  TABLES_ONLY,
  "SET statement_timeout = 0;",
  "SET lock_timeout = 0;",
  "SET transaction_timeout = 0;",
  "SET idle_in_transaction_session_timeout = 0;",
  // Cheap beside the dump, with which it shares the cores.
  "SET jit = off;",
  "SET max_parallel_workers_per_gather = 0;",
];

export interface Counted {
  /** `schema.table` to its rows. */
  rows: Record<string, number>;
  /** `pg_current_snapshot()`. */
  snapshot: string;
  extensions: Extensions;
}

/** Rows of every table of a database, counted in one snapshot as a role that sees all of them: of `dumpLogin`. */
export function countRows(login: Required<Login>, timeoutSeconds: number): Promise<Counted> {
  return inSnapshot(login, timeoutSeconds, async () => undefined).then(({ counted }) => counted);
}

/**
 * Counts the rows of every table in one snapshot while `dump` runs, which gets that snapshot's name for `pg_dump
 * --snapshot`, and the extensions that are a superuser's: so the numbers are those of the dump, whatever is written
 * meanwhile.
 */
export async function inSnapshot<T>(
  login: Required<Login>,
  timeoutSeconds: number,
  dump: (exported: string, extensions: Extensions) => Promise<T>,
): Promise<{ counted: Counted; result: T }> {
  const rows: Record<string, number> = {};
  const extensions: Extensions = {};
  let snapshot = "";
  let dumping: Promise<T> | undefined;
  let isCounted: () => void = () => undefined;
  const counted = new Promise<void>((done) => {
    isCounted = done;
  });
  let rest = "";

  const read = (piece: Buffer) => {
    const lines = (rest + piece.toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "counted") isCounted();
      else if (line.startsWith("[")) {
        const [table, count] = JSON.parse(line) as [string, number];
        rows[table] = count;
      } else if (line.startsWith("extension ")) {
        const [name, schema] = JSON.parse(line.slice("extension ".length)) as [string, string];
        extensions[name] = schema;
      } else if (line.startsWith("snapshot ")) {
        const [, exported = "", own = "", pid = ""] = line.split(" ");
        snapshot = own;
        dumping = dump(exported, extensions);
        dumping.catch(() => {
          isCounted();
          void endSession(login, pid);
        });
      }
    }
  };

  /** Keeps the transaction open until the dump has ended. */
  async function* script(): AsyncGenerator<Buffer> {
    const begin = [
      ...SESSION,
      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;",
      SUPERUSER_EXTENSIONS,
      "SELECT concat_ws(' ', 'snapshot', pg_export_snapshot(), pg_current_snapshot(), pg_backend_pid());",
      COUNT,
      "\\echo counted",
    ];
    yield Buffer.from(`${begin.join("\n")}\n`);
    await counted;
    await dumping?.catch(() => undefined);
  }

  const command = {
    command: psqlCommand(login),
    user: "postgres",
    input: script(),
    onOutput: read,
    timeoutSeconds,
    isStoppable: true,
  };
  const { exitCode, stderr } = await execStreamed(login.postgres, command)
    .catch((error: Error) => {
      throw unreachable(error);
    })
    .finally(isCounted);
  const failure = () =>
    new PostgresError(`counting rows failed (psql exited ${exitCode}): ${stderr.trim()}`, exitCode === 2);
  if (exitCode === STATEMENT_FAILED) {
    await dumping?.catch(() => undefined); // Which lost its snapshot with that.
    throw failure();
  }
  const result = (await dumping) as T; // Its own failure first: the session was ended for it.
  if (exitCode !== 0 || !dumping) throw failure();
  return { counted: { rows, snapshot, extensions }, result };
}

/**
 * Of a count that no dump needs any more: it may count for long, or wait for a lock. As the role that counts, which can end
 * no other project's sessions.
 */
async function endSession(login: Required<Login>, pid: string): Promise<void> {
  await psql(login, [`SELECT pg_terminate_backend(${Number(pid)});`]).catch(() => undefined);
}
