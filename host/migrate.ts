import { backupLock } from "./backup/backup-index";
import { ContractError } from "./contract-error";
import { restoreBackup } from "./data-change";
import { projectDescription } from "./description";
import { whileHeld } from "./hold-writers";
import type { Layout } from "./layout";
import { withLock } from "./lock";
import type { Log } from "./log";
import { masked } from "./masked";
import { readRecord, type SchemaRecord, writeRecord } from "./record";
import type { MigrateRequest } from "./requests";
import { type RunResult, runOnce, untilNoneRuns } from "./run-once";
import { isLockTimeout, LOCK_RETRIES, LOCK_SECONDS, sessionOptions } from "./session-options";

/** Exit code of the script contract (SC-03). */
const MIGRATION_FAILED = 3;
const LOCK_WAIT_SECONDS = 900;
/** Lines of a failed migration's output that the error shows. */
const SHOWN_LINES = 20;
/** Pause after a wait for a lock was given up, in which those that queued behind it go first, in milliseconds. */
const RETRY_PAUSE_MS = 1000;

/** The project's migration command failed; the old release still serves. */
export class MigrationError extends ContractError {
  constructor(message: string) {
    super(message, MIGRATION_FAILED);
    this.name = "MigrationError";
  }
}

export interface MigrateResult {
  project: string;
  outcome: "migrated" | "up to date" | "kept" | "deferred";
  revision?: string;
}

/**
 * Brings a project's database to what a release needs, in one container of the release's own image, before any
 * traffic moves.
 *
 * A release whose image once brought the database to another revision than the recorded one is older than the
 * database: its migration command does not know the newer revision and would fail, so it is skipped and said so.
 *
 * A backup and a migration wait for each other. Locks are taken in one order everywhere: the project's, then the
 * backups'.
 */
export async function migrate(layout: Layout, log: Log, wanted: MigrateRequest): Promise<MigrateResult> {
  const { project, release } = wanted;
  return withLock(layout.project(project), `migrate ${project} ${release}`, LOCK_WAIT_SECONDS, async () => {
    const { "slipway.release": _, ...anyRelease } = wanted.labels;
    if (await untilNoneRuns(anyRelease, wanted.timeoutSeconds)) {
      log.warn(`${project}: waited for a migration that a killed run had begun`);
    }
    const record = await readRecord(layout, project);
    if (record.live?.release === release) {
      log.info(`${project}: no migration, release ${release} is live already`);
      return { project, outcome: "up to date" };
    }
    if (wanted.isDeferred && record.live) {
      log.info(`${project}: the migration is part of the switch`);
      return { project, outcome: "deferred" };
    }
    const head = record.schema?.heads[wanted.image];
    if (record.schema && head !== undefined) {
      const { revision } = record.schema;
      const current = await run(wanted, wanted.current);
      if (current.exitCode === 0 && revisionOf(current) === head) {
        log.info(`${project}: no pending migration, the database is at ${head}`);
        return { project, outcome: "up to date", revision: head };
      }
      if (head !== revision && (current.exitCode !== 0 || revisionOf(current) === revision)) {
        log.info(
          `${project}: the database stays at ${revision}; release ${release} (${wanted.version}) was made for ${head}`,
        );
        return { project, outcome: "kept", revision };
      }
    }
    log.info(`${project}: ${wanted.upgrade.join(" ")}`);
    const locked = <T>(action: () => Promise<T>) =>
      withLock(backupLock(layout, project), `migrate ${project} ${release}`, LOCK_WAIT_SECONDS, action);
    if (wanted.isTransactional || !record.live) await locked(() => upgrade(log, wanted, LOCK_RETRIES));
    else await upgradeHeld(layout, log, wanted, locked);
    const revision = revisionOf(await succeed(wanted, wanted.current));
    await writeRecord(layout, project, { ...record, schema: schemaAfter(record.schema, wanted.image, revision) });
    log.info(`${project}: migrated${revision === "" ? "" : `, the database is at ${revision}`}`);
    return { project, outcome: "migrated", revision };
  });
}

function schemaAfter(before: SchemaRecord | undefined, image: string, revision: string): SchemaRecord {
  return { revision, heads: { ...before?.heads, [image]: revision } };
}

/** First word of the last line that `current` prints; "" where the project declares no such command. */
function revisionOf({ stdout }: RunResult): string {
  return stdout.trim().split("\n").at(-1)?.trim().split(/\s+/)[0] ?? "";
}

/**
 * Runs the migration. A lock that somebody holds is waited for in turns: while a statement waits for one, every query
 * that comes after it waits, too. All turns together have the migration's time. One that is not transactional has one
 * turn: what it did before it waited is there.
 */
async function upgrade(log: Log, wanted: MigrateRequest, mostRetries: number): Promise<void> {
  const { project, timeoutSeconds } = wanted;
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (let retries = 0; ; retries++) {
    const secondsLeft = Math.max(1, Math.ceil((deadline - Date.now()) / 1000));
    const result = await run({ ...wanted, timeoutSeconds: secondsLeft }, wanted.upgrade);
    const waited = result.exitCode !== 0 && isLockTimeout(result.output) && Date.now() < deadline;
    if (!waited || retries === mostRetries) return void checked(wanted, wanted.upgrade, result);
    log.warn(
      `${project}: the migration waited ${LOCK_SECONDS} s for a lock; once more (${retries + 1}/${mostRetries})`,
    );
    await new Promise((done) => setTimeout(done, RETRY_PAUSE_MS));
  }
}

async function succeed(wanted: MigrateRequest, command: string[] | undefined): Promise<RunResult> {
  return checked(wanted, command, await run(wanted, command));
}

function checked(wanted: MigrateRequest, command: string[] | undefined, result: RunResult): RunResult {
  if (result.exitCode === 0) return result;
  const { project, release, timeoutSeconds } = wanted;
  const tail = masked(result.output, wanted.env).trimEnd().split("\n").slice(-SHOWN_LINES);
  const lines = tail.map((line) => `  | ${line}`).join("\n");
  const ended = result.timedOut
    ? `was ended after ${timeoutSeconds} s (migrations.timeoutSeconds)`
    : `exited ${result.exitCode}`;
  throw new MigrationError(
    `${project}: the migration of release ${release} failed: ${command?.join(" ")} ${ended}\n${lines}`,
  );
}

/** A command that the project does not declare succeeds and says nothing. */
async function run(wanted: MigrateRequest, command: string[] | undefined): Promise<RunResult> {
  if (!command) return { exitCode: 0, stdout: "", output: "", timedOut: false };
  const env = { PGOPTIONS: sessionOptions(wanted.timeoutSeconds), ...wanted.env };
  return runOnce({ ...wanted, env, name: `${wanted.project}-migrate-${wanted.release}` }, command);
}

/** A migration whose failure could leave changes behind: nobody writes meanwhile, so its backup loses no row. */
async function upgradeHeld(
  layout: Layout,
  log: Log,
  wanted: MigrateRequest,
  locked: <T>(action: () => Promise<T>) => Promise<T>,
): Promise<void> {
  const { project, gateway } = wanted;
  const description = await projectDescription(layout, project);
  await whileHeld(layout, log, { description, gateway }, async () => {
    const { backupProject } = await import("./backup/backup-project");
    const wish = { project, type: "safety", by: "migration", lockWaitSeconds: LOCK_WAIT_SECONDS } as const;
    const { backup_id } = await backupProject(layout, log, wish);
    await locked(async () => {
      try {
        await upgrade(log, wanted, 0);
      } catch (error) {
        log.warn(
          `${project}: the database goes back to ${backup_id}, from before the migration; nobody has written since`,
        );
        await restoreBackup(layout, log, project, backup_id);
        throw error;
      }
    });
  });
}
