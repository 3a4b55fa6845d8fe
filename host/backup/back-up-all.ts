import type { BackupType, Operations } from "../cli/operations";
import { ContractError } from "../contract-error";
import { describedProjects, platformDescription } from "../description";
import { endHereIfStopped } from "../interruption";
import type { Layout } from "../layout";
import type { Log } from "../log";
import { forgetProjects } from "../metrics";
import { notify } from "../notify";
import { untilPostgresAnswers } from "../postgres-wait";
import { readRecord } from "../record";
import type { BackupEntry } from "./backup-index";
import { writeScheduledRun } from "./scheduled-run";

/** Longest wait for Postgres to answer, in seconds: a run that is made up for at boot begins before it does. */
const POSTGRES_SECONDS = 300;
const FAILED = 1;

interface Wish {
  type: BackupType;
  by: string;
  backUp: Operations["backupProject"];
}

/**
 * Backs up every project that is deployed, one after the other; a failure of one keeps none from its own. Of scheduled
 * ones the outcome is kept for the health check, and a failure told to the webhook. Rejects, in the end, with all that
 * failed.
 */
export async function backUpAll(layout: Layout, log: Log, { type, by, backUp }: Wish): Promise<BackupEntry[]> {
  const began = new Date().toISOString();
  const isScheduled = type === "scheduled";
  if (isScheduled) {
    await writeScheduledRun(layout, { began, failures: {} });
    const { postgres } = await platformDescription(layout);
    await untilPostgresAnswers(postgres, POSTGRES_SECONDS);
    await endHereIfStopped();
  }
  const { deployed, removed } = await knownProjects(layout);
  // Unrouted by a program from before this, or backed up by hand since.
  await forgetProjects(layout, removed);
  const entries: BackupEntry[] = [];
  const failures: Record<string, string> = {};
  let exitCode = FAILED;
  for (const project of deployed) {
    try {
      entries.push(await backUp(layout, log, { project, type, by }));
    } catch (error) {
      const { message, exitCode: code = FAILED } = error as Error & { exitCode?: number };
      log.error(message);
      if (Object.keys(failures).length === 0) exitCode = code;
      failures[project] = message;
    }
  }
  if (isScheduled) await writeScheduledRun(layout, { began, ended: new Date().toISOString(), failures });
  const failed = Object.keys(failures);
  if (failed.length === 0) return entries;
  const text = `${type} backups failed: ${failed.join(", ")}; ${entries.length} succeeded`;
  if (isScheduled) await notify(layout, log, [text, ...Object.values(failures)].join("\n"));
  throw new ContractError(text, exitCode);
}

/** Of a removed project, whose data is kept, the backups are kept, too; one that never went live is neither. */
async function knownProjects(layout: Layout): Promise<{ deployed: string[]; removed: string[] }> {
  const names = await describedProjects(layout);
  const records = await Promise.all(names.map((name) => readRecord(layout, name)));
  return {
    deployed: names.filter((_, index) => records[index]?.live !== undefined),
    removed: names.filter((_, index) => records[index]?.live === undefined && records[index]?.serial !== 0),
  };
}
