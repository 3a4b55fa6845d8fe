import { exec } from "./docker";
import { inTime } from "./in-time";
import { InterruptedError } from "./interruption";

export interface Login {
  /** Id or name of the Postgres container. */
  postgres: string;
  /** Default: the superuser. */
  role?: string;
  /** Default: `postgres`. */
  database?: string;
}

/** ASCII's own separators: in no text of a catalogue. */
const FIELD_END = "\x1f";
const RECORD_END = "\x1e";

/** Default longest wait for an answer to `query`, in seconds. */
const ANSWER_SECONDS = 10;

/** Exit code of psql, pg_dump and pg_restore where there is no connection. */
const NO_CONNECTION = 2;

/** Postgres, or its client, refused. */
export class PostgresError extends Error {
  constructor(
    message: string,
    readonly isUnreachable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "PostgresError";
  }
}

/**
 * Runs SQL over the container's own socket and returns what it prints, without headings. Stops at the first error.
 * Lines that begin with a backslash are psql's.
 */
export async function psql(login: Login, lines: string[]): Promise<string> {
  let result: Awaited<ReturnType<typeof exec>>;
  try {
    result = await runPsql(login, lines);
  } catch (cause) {
    throw unreachable(cause as Error);
  }
  const { exitCode, stdout, stderr } = result;
  if (exitCode === 0) return stdout;
  throw new PostgresError(`Postgres refused (psql exited ${exitCode}): ${stderr.trim()}`, exitCode === NO_CONNECTION);
}

/**
 * Rows of a quick query that only reads, as text. Rejects with what Postgres said, and no more, or when its time is over:
 * a table that somebody has locked would be waited for without end. What a project owns its own role asks about.
 */
export async function query(login: Login, sql: string, timeoutSeconds = ANSWER_SECONDS): Promise<string[][]> {
  const separators = [`--field-separator=${FIELD_END}`, `--record-separator=${RECORD_END}`];
  // Postgres gives up, too, also where it waits for a lock: nothing goes on there that nobody waits for any more.
  const limit = `SET statement_timeout = ${Math.ceil(timeoutSeconds * 1000)};`;
  const lines = ["SET default_transaction_read_only = on;", limit, `${sql};`];
  const { exitCode, stdout, stderr } = await inTime(runPsql(login, lines, separators), timeoutSeconds, () => {
    throw new Error(`${sql} took longer than ${timeoutSeconds} s`);
  });
  if (exitCode !== 0) throw new Error(stderr.trim().replaceAll(/^psql:<stdin>:\d+: /gm, ""));
  return stdout
    .split(RECORD_END)
    .map((record) => record.trimEnd())
    .filter((record) => record !== "")
    .map((record) => record.split(FIELD_END));
}

/** In Postgres' own container, where no role needs its password. */
function runPsql(login: Login, lines: string[], options: string[] = []) {
  const command = [...psqlCommand(login), ...options];
  return exec(login.postgres, command, { user: "postgres", stdin: `${lines.join("\n")}\n` });
}

export function psqlCommand({ role = "postgres", database = "postgres" }: Login): string[] {
  const options = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"];
  return ["psql", ...options, `--username=${role}`, `--dbname=${database}`];
}

/** The container is not there or does not run; unless the question was given up. */
export function unreachable(cause: Error): Error {
  if (cause instanceof InterruptedError) return cause;
  return new PostgresError(`Postgres cannot be reached: ${cause.message}`, true, { cause });
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
