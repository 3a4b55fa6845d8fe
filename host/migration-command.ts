import { ContractError } from "./contract-error";
import type { Log } from "./log";
import { masked } from "./masked";
import { type OneCommand, type RunResult, runOnce } from "./run-once";
import { isLockTimeout, isStatementTimeout, LOCK_SECONDS, sessionOptions } from "./session-options";

/** Exit code of the script contract (SC-03). */
const MIGRATION_FAILED = 3;
/** Lines of a failed command's output that the error shows. */
const SHOWN_LINES = 20;
/** Pause after a wait for a lock was given up, in which those that queued behind it go first, in milliseconds. */
const RETRY_PAUSE_MS = 1000;

/** A project's migration command failed. */
export class MigrationError extends ContractError {
  constructor(message: string) {
    super(message, MIGRATION_FAILED);
    this.name = "MigrationError";
  }
}

/** Where the commands of a project's migrations run, with which release's image and environment, and how long. */
export interface MigrationPlace extends Omit<OneCommand, "name"> {
  project: string;
  release: string;
}

/**
 * Runs one in a container of its own, in whose sessions Postgres keeps the limits. One that the project does not declare
 * succeeds and says nothing.
 */
export async function tryMigrationCommand(place: MigrationPlace, command: string[] | undefined): Promise<RunResult> {
  if (!command) return { exitCode: 0, stdout: "", output: "", timedOut: false };
  const env = { PGOPTIONS: sessionOptions(place.timeoutSeconds), ...place.env };
  return runOnce({ ...place, env, name: `${place.project}-migrate-${place.release}` }, command);
}

/** The same, and its failure is a `MigrationError`. */
export async function migrationCommand(place: MigrationPlace, command: string[] | undefined): Promise<RunResult> {
  return checked(place, command, await tryMigrationCommand(place, command), "");
}

export interface SchemaChange {
  command: string[] | undefined;
  /** How often it may be run again after it waited for a lock: never where it could have done half of its work. */
  mostRetries: number;
  /** Id of the backup from before it, for the message of one that fails; "" where there is none. */
  backup: string;
}

/**
 * Runs one that changes the schema. A lock that somebody holds is waited for in turns: while a statement waits for one,
 * every query that comes after it waits, too. All turns together have the place's time.
 */
export async function changeSchema(
  log: Log,
  place: MigrationPlace,
  { command, mostRetries, backup }: SchemaChange,
): Promise<void> {
  const deadline = Date.now() + place.timeoutSeconds * 1000;
  for (let retries = 0; ; retries++) {
    const secondsLeft = Math.max(1, Math.ceil((deadline - Date.now()) / 1000));
    const result = await tryMigrationCommand({ ...place, timeoutSeconds: secondsLeft }, command);
    const waited = result.exitCode !== 0 && isLockTimeout(result.output) && Date.now() < deadline;
    if (!waited || retries === mostRetries) return void checked(place, command, result, backup);
    log.warn(
      `${place.project}: the migration waited ${LOCK_SECONDS} s for a lock; once more (${retries + 1}/${mostRetries})`,
    );
    await new Promise((done) => setTimeout(done, RETRY_PAUSE_MS));
  }
}

/** First word of the last line that `current` prints; "" where the project declares no such command. */
export function revisionOf({ stdout }: RunResult): string {
  return stdout.trim().split("\n").at(-1)?.trim().split(/\s+/)[0] ?? "";
}

function checked(place: MigrationPlace, command: string[] | undefined, result: RunResult, backup: string): RunResult {
  if (result.exitCode === 0) return result;
  const { project, release, env } = place;
  const tail = masked(result.output, env).trimEnd().split("\n").slice(-SHOWN_LINES);
  const lines = tail.map((line) => `  | ${line}`).join("\n");
  const before = backup === "" ? "" : `; the backup from before it is ${backup}`;
  throw new MigrationError(
    `${project}: the migration of release ${release} failed: ${command?.join(" ")} ${ending(place, result)}${before}\n${lines}`,
  );
}

function ending({ timeoutSeconds }: MigrationPlace, { exitCode, timedOut, output }: RunResult): string {
  const limit = `${timeoutSeconds} s (migrations.timeoutSeconds)`;
  if (timedOut) return `was ended after ${limit}`;
  if (isStatementTimeout(output)) return `exited ${exitCode}, since a statement took nearly all of the ${limit}`;
  return `exited ${exitCode}`;
}
