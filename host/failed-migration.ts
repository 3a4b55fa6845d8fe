import type { Layout } from "./layout";
import { revisionOf } from "./migration-command";
import { type ProjectRecord, writeRecord } from "./record";
import type { MigrateRequest } from "./requests";
import type { RunResult } from "./run-once";
import { broughtTo } from "./schema";

/** What a migration that failed did to the database, where that is not known to be as before. */
export type DatabaseAfter = "changed" | "unknown";

/** An error that tells so; its message says more, on the first line. */
export type MigrationFailure = Error & { database?: DatabaseAfter };

export interface FailedMigration {
  wanted: Pick<MigrateRequest, "project" | "current" | "isCompatible">;
  /** Before it. */
  record: ProjectRecord;
  /** Id of the backup from before it; "" where there is none. */
  backup: string;
  error: Error;
}

/**
 * Looks at what a migration left that was to leave nothing behind: a tool that commits each step by itself does. The record
 * then gets the revision, lest later backups and ways back take the data for what it was. Resolves with the error, which
 * says so, names what puts the data back, and is otherwise as it was. The caller has `backupLock`.
 */
export async function failedMigration(
  layout: Layout,
  { wanted, record, backup, error }: FailedMigration,
  readCurrent: () => Promise<RunResult>,
): Promise<MigrationFailure> {
  const { project, isCompatible } = wanted;
  const before = record.schema?.revision ?? "";
  const revision = await revisionNow(wanted.current, readCurrent).catch((cause: Error) => cause);
  if (revision instanceof Error) return notCompared(error, firstLine(revision));
  if (revision === before) return error;
  // A release that serves may have migrated at its own start: nothing recorded does not mean that nothing was there.
  if (record.live && before === "") {
    return notCompared(error, `it is at ${revision}, and where it was before is not recorded`);
  }
  const schema = broughtTo(record.schema, undefined, revision, isCompatible);
  const unwritten = await writeRecord(layout, project, { ...record, schema }).then(
    () => "",
    (cause: Error) => `, which could not be written down (${firstLine(cause)})`,
  );
  const wayBack = backup
    ? `to put the data back, without what was written since: slipway restore ${project} ${backup} --only database`
    : `there is no backup from just before it; those there are: slipway deployment-status ${project} --rollback`;
  return told(
    error,
    "changed",
    `it left the database at ${named(revision)}, not at ${named(before)}${unwritten}; ${wayBack}`,
  );
}

/** Throws where it is not known. */
async function revisionNow(current: string[] | undefined, read: () => Promise<RunResult>): Promise<string> {
  if (!current) throw new Error("the project declares no migrations.current");
  const result = await read();
  if (result.exitCode !== 0) throw new Error(`${current.join(" ")} exited ${result.exitCode}`);
  return revisionOf(result);
}

function notCompared(error: Error, why: string): MigrationFailure {
  return told(error, "unknown", `whether it changed the database could not be compared: ${why}`);
}

/** The first line is what the audit log and the webhook get; what the command printed follows it. */
function told(error: Error, database: DatabaseAfter, text: string): MigrationFailure {
  const [first, ...rest] = error.message.split("\n");
  return Object.assign(error, { message: [`${first}; ${text}`, ...rest].join("\n"), database });
}

function named(revision: string): string {
  return revision === "" ? "none" : revision;
}

function firstLine({ message }: Error): string {
  return message.split("\n")[0] ?? "";
}
