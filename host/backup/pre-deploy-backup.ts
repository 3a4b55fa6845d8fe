import { join } from "node:path";
import { readIfThere } from "../atomic-file";
import { ContractError } from "../contract-error";
import type { Layout } from "../layout";
import type { Log } from "../log";
import { readRecord } from "../record";
import type { Intent, PreDeployBackupRequest } from "../requests";
import { backupProject } from "./backup-project";

/** Exit code of the script contract (SC-03). */
const BACKUP_FAILED = 2;
/** How long an operator's intent counts, in seconds. */
const INTENT_SECONDS = 3600;
/** Longest wait for another backup or a restore of the project, in seconds. */
const LOCK_WAIT_SECONDS = 900;

export interface PreDeployBackupResult {
  project: string;
  /** None where the operator left it out, or nothing will change. */
  backup?: string;
}

/** Backs up a project before a deploy changes anything (MT-06). */
export async function preDeployBackup(
  layout: Layout,
  log: Log,
  { project, release }: PreDeployBackupRequest,
  now = new Date(),
): Promise<PreDeployBackupResult> {
  const { live } = await readRecord(layout, project);
  if (live?.release === release) {
    log.info(`${project}: no backup, release ${release} is live already`);
    return { project };
  }
  const intent = await readIntent(layout, project, release, now);
  if (intent?.skipBackup) {
    log.warn(
      `${project}: no backup before release ${release}, as ${intent.by} asked: what it changes in the data stays`,
    );
    return { project };
  }
  try {
    const by = intent?.by ?? "pulumi up";
    const wish = { project, type: "pre_deployment", by, lockWaitSeconds: LOCK_WAIT_SECONDS } as const;
    const { backup_id } = await backupProject(layout, log, wish);
    return { project, backup: backup_id };
  } catch (error) {
    throw new ContractError(`${(error as Error).message}; nothing was changed`, BACKUP_FAILED, { cause: error });
  }
}

/** What an operator's command said of this very release, less than an hour ago. */
async function readIntent(layout: Layout, project: string, release: string, now: Date): Promise<Intent | undefined> {
  const text = await readIfThere(join(layout.project(project), "intent.json"));
  if (text === undefined) return undefined;
  const intent = JSON.parse(text) as Intent;
  const ageSeconds = (now.getTime() - Date.parse(intent.at)) / 1000;
  return intent.release === release && ageSeconds < INTENT_SECONDS ? intent : undefined;
}
