import { exec } from "./docker";

/** ASCII's own separators: in no text of a catalogue. */
const FIELD_END = "\x1f";
const RECORD_END = "\x1e";

export interface QueryOptions {
  /** Default: Postgres' own `postgres`. */
  database?: string;
  /** Who asks; default: the superuser. A query over what a project owns is the project's role's. */
  role?: string;
}

/**
 * Rows of a query that only reads, as text, in Postgres' own container, where no role needs its password. Rejects with
 * what Postgres said.
 */
export async function query(container: string, sql: string, options: QueryOptions = {}): Promise<string[][]> {
  const { database = "postgres", role } = options;
  const separators = [`--field-separator=${FIELD_END}`, `--record-separator=${RECORD_END}`];
  const command = ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--tuples-only", "--no-align"];
  const where = [`--dbname=${database}`, ...(role === undefined ? [] : [`--username=${role}`])];
  const { exitCode, stdout, stderr } = await exec(container, [...command, ...separators, ...where], {
    user: "postgres",
    stdin: `SET default_transaction_read_only = on;\n${sql};\n`,
  });
  if (exitCode !== 0) throw new Error(stderr.trim().replaceAll(/^psql:<stdin>:\d+: /gm, ""));
  return stdout
    .split(RECORD_END)
    .map((record) => record.trimEnd())
    .filter((record) => record !== "")
    .map((record) => record.split(FIELD_END));
}
