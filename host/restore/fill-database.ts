import { readArchive } from "../backup/archive-file";
import type { DatabaseContent } from "../backup/backup-index";
import { readingAll } from "../backup/while-attached";
import type { Log } from "../log";
import { ensureMemberRole, type MemberRole } from "../member-role";
import { type Login, PostgresError, psql, unreachable } from "../postgres";
import { execStreamed } from "../stream";
import { isOfSurroundings, UnrestorableError } from "./unrestorable";

/** Logs in, and is the project's own role then: of that one's sessions the project may have taken all that there are. */
const FILLER: MemberRole = { purpose: "fill", becomes: true };

/** They win over settings of the database and of the role. */
const OPTIONS = 'PGOPTIONS="-c role=$3 -c default_transaction_read_only=off"';

/**
 * Strict: the first error ends it. As the project's own role: a dump's content is its tenant's, and what it says is
 * done with no more rights than the tenant has. Policies come after all rows; a materialized view that is filled after
 * them gets what its owner sees. A database that was made read-only is filled all the same. `$1` role that logs in, `$2`
 * database, `$3` the project's role.
 */
const FILL: Record<DatabaseContent["format"], string> = {
  zstd:
    `zstd -dcq | ${OPTIONS} ` +
    'pg_restore --exit-on-error --no-owner --enable-row-security --username="$1" --dbname="$2"',
  gzip:
    `gzip -dc | ${OPTIONS} ` +
    'psql --no-psqlrc --quiet --output=/dev/null --set=ON_ERROR_STOP=1 --username="$1" --dbname="$2"',
};

/**
 * Restores a dump, whose `pieces` are read, into an empty database. Throws `UnrestorableError` where it is the dump that
 * cannot be restored, `PostgresError` for whatever else is in the way.
 */
export async function fillDatabase(
  login: Required<Login>,
  path: string,
  format: DatabaseContent["format"],
  timeoutSeconds: number,
  pieces = readArchive(path).pieces,
): Promise<void> {
  const filler = await ensureMemberRole(login.postgres, login.role, FILLER);
  const { exitCode, stderr } = await execStreamed(login.postgres, {
    command: readingAll(FILL[format], filler, login.database, login.role),
    user: "postgres",
    input: pieces,
    timeoutSeconds,
    isStoppable: true,
  }).catch((error: Error) => {
    throw unreachable(error);
  });
  if (exitCode !== 0) {
    const message = `restoring ${path} ended with ${exitCode}: ${stderr.trim()}`;
    throw isOfSurroundings(exitCode, stderr) ? new PostgresError(message, false) : new UnrestorableError(message);
  }
}

/**
 * Gathers what the planner needs. Not under the limits of the project's own, which are for its requests; and what is in
 * its indexes can fail, so that a failure is a warning: all rows are there, and autovacuum gathers later.
 */
export async function analyze(log: Log, login: Required<Login>, timeoutSeconds: number): Promise<void> {
  try {
    await psql(login, [
      "SET client_min_messages = error;",
      `SET statement_timeout = ${timeoutSeconds * 1000};`,
      "SET lock_timeout = 0;",
      "SET transaction_timeout = 0;",
      "ANALYZE;",
    ]);
  } catch (error) {
    if (!(error instanceof PostgresError)) throw error;
    log.warn(`${login.database} is slower at first, as its statistics could not be gathered: ${error.message}`);
  }
}
