import { readArchive } from "../backup/archive-file";
import type { DatabaseContent } from "../backup/backup-index";
import { readingAll } from "../backup/while-attached";
import { type Login, PostgresError, psql, unreachable } from "../postgres";
import { execStreamed } from "../stream";
import { isOfSurroundings, UnrestorableError } from "./unrestorable";

/**
 * Strict: the first error ends it. As the project's own role: a dump's content is its tenant's, and what it says is
 * done with no more rights than the tenant has. `$1` role, `$2` database.
 */
const FILL: Record<DatabaseContent["format"], string> = {
  zstd: 'zstd -dcq | pg_restore --exit-on-error --no-owner --username="$1" --dbname="$2"',
  gzip: 'gzip -dc | psql --no-psqlrc --quiet --output=/dev/null --set=ON_ERROR_STOP=1 --username="$1" --dbname="$2"',
};

/**
 * Restores a dump, whose `pieces` are read, into an empty database; then gathers what the planner needs. Throws
 * `UnrestorableError` where it is the dump that cannot be restored, `PostgresError` for whatever else is in the way.
 */
export async function fillDatabase(
  login: Required<Login>,
  path: string,
  format: DatabaseContent["format"],
  timeoutSeconds: number,
  pieces = readArchive(path).pieces,
): Promise<void> {
  const { exitCode, stderr } = await execStreamed(login.postgres, {
    command: readingAll(FILL[format], login.role, login.database),
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
  await psql(login, ["SET client_min_messages = error;", "ANALYZE;"]);
}
