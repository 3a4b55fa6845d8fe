import type { RecordedRelease } from "../config/stack-config";
import { recordEvent } from "./audit";
import { deployBackup } from "./backup/deploy-backup";
import { clearDegraded } from "./degraded";
import { platformDescription } from "./description";
import { forgetIntent, removeIntent, type Wish } from "./intent";
import type { Layout } from "./layout";
import type { Log } from "./log";
import { type Deployment, deployed, type Manifest, notDeployed, readManifest, writeManifest } from "./manifest";
import { notify } from "./notify";
import { readRecord } from "./record";
import type { ProjectDescription } from "./requests";

/** Longest wait for another backup, in seconds. */
const BACKUP_WAIT_SECONDS = 900;
const NOT_WRITTEN = "the outcome could not be written down";

/** A deploy or a rollback on its way. */
export interface Attempt {
  project: string;
  release: string;
  version: string;
  /** Left out where it never came to a rollout. */
  config?: RecordedRelease;
  intent: Wish;
  /** `performance.now()`. */
  began: number;
}

/**
 * Writes a deploy that holds down, for people and machines, and tells the webhook. A failure to is a warning.
 * `trouble`: its release serves, and is not well; that is counted as a failure, and told by whoever found it.
 */
export async function concludeSuccess(
  layout: Layout,
  log: Log,
  attempt: Attempt & { config: RecordedRelease },
  description: ProjectDescription,
  previous: string | undefined,
  trouble?: Error,
): Promise<void> {
  const { project, release, version, intent } = attempt;
  await warnOnFailure(log, project, NOT_WRITTEN, async () => {
    const [manifest, backup] = await Promise.all([
      currentManifest(layout, project),
      deployBackup(layout, project, release),
    ]);
    const reason = intent.operation === "rollback" ? "rollback" : undefined;
    await writeManifest(
      layout,
      deployed(manifest, { ...deploymentOf(attempt), backup, config: recorded(attempt.config) }, reason),
    );
    await recordEvent(layout, {
      ...{ operation: intent.operation, project, by: intent.by, seconds: secondsSince(attempt) },
      ...(trouble ? { result: "failure", reason: firstLine(trouble) } : { result: "success" }),
      ...(previous && { from: previous }),
      to: `${version} (${release})`,
    });
    await removeIntent(layout, project);
    await clearDegraded(layout, project);
    if (intent.operation === "deploy") await keepAndPrune(layout, log, description, intent.by);
    const what = `${project}: ${intent.operation} of ${version} (release ${release}) by ${intent.by}`;
    if (!trouble) await notify(layout, log, `${what} succeeded`);
  });
}

/** A backup of what is known to be good (OV-12), and no image that nothing goes back to (MT-14). */
async function keepAndPrune(layout: Layout, log: Log, description: ProjectDescription, by: string): Promise<void> {
  const { project, database, backup, deploy } = description;
  if (database !== undefined || backup.volumes.length > 0) {
    const { backupProject } = await import("./backup/backup-project");
    await warnOnFailure(log, project, "its success backup failed", async () => {
      await backupProject(layout, log, { project, type: "success", by, lockWaitSeconds: BACKUP_WAIT_SECONDS });
    });
  }
  await warnOnFailure(log, project, "old images could not be removed", async () => {
    const [{ pruneImages }, { neededImages }] = await Promise.all([
      import("./images/prune-images"),
      import("./images/needed-images"),
    ]);
    await pruneImages(layout, log, { project, keep: deploy.keepImages, needed: await neededImages(layout, project) });
  });
}

export interface FailedAttempt {
  result: "failed" | "rolled back";
  reason: string;
  /** It was counted when it succeeded, before it failed. Default false. */
  isCounted?: boolean;
}

/**
 * The same for one that did not. Each part by itself: a full disk, which may be why it failed, keeps neither the event
 * nor the webhook from it. Never throws.
 */
export async function concludeFailure(
  layout: Layout,
  log: Log,
  attempt: Attempt,
  { result, reason, isCounted = false }: FailedAttempt,
): Promise<void> {
  const { project, release, version, config, intent } = attempt;
  const { run } = intent;
  if (run !== undefined) {
    await warnOnFailure(log, project, "what was wanted of it is not forgotten", async () => {
      await forgetIntent(layout, { project, run });
    });
  }
  let serving = "what serves is not known";
  await warnOnFailure(log, project, NOT_WRITTEN, async () => {
    const { live } = await readRecord(layout, project);
    serving = live ? `${live.version} (release ${live.release}) serves` : "nothing serves";
    const manifest = await currentManifest(layout, project);
    const failed = { ...deploymentOf(attempt), ...(config && { config: recorded(config) }), result, reason };
    await writeManifest(layout, notDeployed(manifest, failed, live?.release));
  });
  if (!isCounted) {
    await recordEvent(layout, {
      ...{ operation: intent.operation, project, by: intent.by, result: "failure", seconds: secondsSince(attempt) },
      ...{ to: `${version} (${release})`, reason },
    });
  }
  const what = `${project}: ${intent.operation} of ${version} (release ${release}) ${result}`;
  await notify(layout, log, `${what}: ${reason}; ${serving}`);
}

/** A way back that no attempt stands for: one that this host took by itself, or one that failed. */
export interface RecordedWayBack {
  project: string;
  by: string;
  from?: NamedVersion | undefined;
  to: NamedVersion;
  /** `performance.now()`. */
  began: number;
  /** Why it was done. */
  reason?: string;
  failure?: Error;
}

type NamedVersion = Pick<Attempt, "version" | "release">;

/** Writes it down for machines (SC-15, MT-21); people are told by whoever calls. */
export async function recordWayBack(layout: Layout, way: RecordedWayBack): Promise<void> {
  const { project, by, from, to, reason, failure } = way;
  const name = ({ version, release }: NamedVersion) => `${version} (${release})`;
  await recordEvent(layout, {
    ...{ operation: "rollback", project, by, ...(from && { from: name(from) }), to: name(to) },
    ...(failure ? { result: "failure", reason: firstLine(failure) } : { result: "success", ...(reason && { reason }) }),
    seconds: secondsSince(way),
  });
}

function firstLine({ message }: Error): string {
  return message.split("\n")[0] ?? "";
}

async function currentManifest(layout: Layout, project: string): Promise<Manifest> {
  const [manifest, { environment }] = await Promise.all([readManifest(layout, project), platformDescription(layout)]);
  return { ...manifest, environment };
}

function deploymentOf({ release, version, config, intent }: Attempt): Omit<Deployment, "config"> {
  return {
    version,
    release,
    deployed_at: new Date().toISOString(),
    deployed_by: intent.by,
    git_sha: intent.gitSha,
    backup: "",
    images: config?.images ?? {},
  };
}

/** Of a recorded release that may say more, what the stack's file says. */
export function recorded({ version, images, imageIds, rotation, snapshot }: RecordedRelease): RecordedRelease {
  return { version, images, ...(imageIds && { imageIds }), ...(rotation !== undefined && { rotation }), snapshot };
}

function secondsSince({ began }: { began: number }): number {
  return Math.round(performance.now() - began) / 1000;
}

/** What was done is done; that it could not be written down must not undo it. */
async function warnOnFailure(log: Log, project: string, what: string, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    log.warn(`${project}: ${what}: ${(error as Error).message}`);
  }
}
