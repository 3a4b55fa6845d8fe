import { randomUUID } from "node:crypto";
import { backupLock } from "./backup/backup-index";
import { changeGateway } from "./change-gateway";
import { confirmHold, holdText } from "./confirm-hold";
import { closeJournal, isJournalOpen, settleChange } from "./data-journal";
import { platformDescription } from "./description";
import { startDetached } from "./detached";
import { untilNoneAccepts, untilWorkersGone } from "./gateway-workers";
import { currentFiles, currentGeneration, type Edit, loadedGeneration } from "./generation";
import { endHereIfStopped } from "./interruption";
import type { Layout } from "./layout";
import { holdPath, isHeld } from "./left-held";
import { withLock } from "./lock";
import type { Log } from "./log";
import { PostgresError } from "./postgres";
import { untilPostgresAnswers } from "./postgres-wait";
import { readRecord } from "./record";
import type { GatewayRef, ProjectDescription } from "./requests";
import { routesAreAsWritten } from "./route-paths";
import { siteDomains } from "./site-domains";
import { ConfirmedSwitchError } from "./switch-traffic";
import { handOverWorkers } from "./worker-handover";
import { startWorkers, stopWorkers } from "./workers";

/** Longest wait for a backup of the project, a proof or a restore, in seconds. */
const LOCK_WAIT_SECONDS = 900;
/** Longest wait for an answer of Postgres, in seconds: a restart of it, as of Docker, is over by then. */
const POSTGRES_SECONDS = 30;
/** What nginx may take to close a replaced worker's connections when their time is over, in seconds. */
const SHUTDOWN_MARGIN_SECONDS = 5;
/** Longest wait until the workers that answer 503 take no connections any more, in seconds. */
const LET_GO_SECONDS = 10;

export interface HeldProject {
  description: ProjectDescription;
  gateway: GatewayRef;
}

export interface HoldOptions {
  /**
   * What serves has failed: requests are held before another's backup is waited for, since what clients write meanwhile
   * keeps its data from being taken back. Default false.
   */
  isUrgent?: boolean;
  /** Throws where it must not begin: after all waits, before anything is held that need not be. */
  check?(): Promise<void>;
  /** Longest wait for Postgres. Default 30. */
  postgresSeconds?: number;
}

/** What it takes to let a project go. */
interface ToLetGo {
  description: Pick<ProjectDescription, "project" | "network">;
  gateway: GatewayRef;
}

/**
 * Runs an action while nobody can write to a project's data through it: the gateway answers 503 with Retry-After, no
 * request from before runs any more, its workers are stopped. So no row is acknowledged that the action could lose.
 * Throws, with everything as before, where that cannot be had. When this process is killed meanwhile, a guard lets the
 * project go again; where the guard is gone, too, whoever gets the lock next. Data that was changed and could not be taken
 * back keeps the project held.
 *
 * The caller holds the project's lock. The action has `backupLock`: it is waited for before anybody is answered 503, since a
 * backup with its upload, or a proof, may have it for long; unless it `isUrgent`. So is Postgres.
 */
export async function whileHeld<T>(
  layout: Layout,
  log: Log,
  held: HeldProject,
  action: () => Promise<T>,
  { isUrgent = false, check, postgresSeconds = POSTGRES_SECONDS }: HoldOptions = {},
): Promise<T> {
  const { project, database } = held.description;
  await endLeftHold(layout, log, held);
  const ready = async () => {
    if (database !== undefined) await refuseWithoutPostgres(layout, project, postgresSeconds);
    await check?.();
  };
  if (isUrgent) {
    await ready();
    return holdDuring(layout, log, held, () => withBackupLock(layout, log, project, action));
  }
  return withBackupLock(layout, log, project, async () => {
    await ready();
    return holdDuring(layout, log, held, action);
  });
}

async function withBackupLock<T>(layout: Layout, log: Log, project: string, action: () => Promise<T>): Promise<T> {
  const purpose = `change of the data of ${project}`;
  return withLock(backupLock(layout, project), purpose, LOCK_WAIT_SECONDS, action, (holder) =>
    log.info(`${project}: waiting for ${holder.purpose} (process ${holder.pid}, since ${holder.since})`),
  );
}

async function holdDuring<T>(layout: Layout, log: Log, held: HeldProject, action: () => Promise<T>): Promise<T> {
  const { description, gateway } = held;
  const { project, network } = description;
  const { live, switching } = await readRecord(layout, project);
  // A guard waits for the project's lock: the kernel frees it when this process dies.
  startDetached(layout, "let-go", project);
  log.info(`${project}: requests are answered 503 meanwhile, workers are stopped`);
  let hasMoved = false;
  try {
    // As the gateway has it now: what serves may be recorded with a domain that has gone since.
    const [host] = live ? await siteDomains(layout, project) : [];
    await hold(layout, held, host);
    await stopWorkers([...(live?.containers ?? []), ...(switching?.workers ?? [])]);
    return await action();
  } catch (error) {
    hasMoved = error instanceof ConfirmedSwitchError;
    throw error;
  } finally {
    if (await isJournalOpen(layout, project)) {
      log.error(
        `${project}: requests stay answered 503, as its data could not be taken back; that is tried again, also by the ` +
          "next `up`",
      );
    } else {
      const after = await readRecord(layout, project);
      const serving = hasMoved && after.switching ? after.switching.workers : after.live?.containers;
      await startWorkers(serving ?? [], network).catch((error: Error) => log.error(error.message));
      // What was done is done, and what failed is told: the guard, which waits for the project's lock, lets go.
      await letGo(layout, gateway, project).then(
        () => log.info(`${project}: requests are answered again`),
        ({ message }: Error) =>
          log.error(
            `${project}: its requests may still be answered 503; to let it go is tried again, also by the next \`up\`: ${message}`,
          ),
      );
    }
  }
}

/**
 * What a command that has the project's lock does before it holds anything itself: takes back what another one had done to
 * the project's data, and lets it go. What is held then was left by a command that was killed, or could not take its change
 * back.
 */
export async function endLeftHold(layout: Layout, log: Log, { description, gateway }: ToLetGo): Promise<void> {
  const { project, network } = description;
  if (!(await isHeld(layout, project))) {
    // Killed before the gateway was told that the hold has ended.
    if ((await loadedGeneration(layout)) !== (await currentGeneration(layout))) await letGo(layout, gateway, project);
    return closeJournal(layout, project);
  }
  const isTakenBack = await settleChange(layout, log, gateway, project);
  const record = await readRecord(layout, project);
  await letGo(layout, gateway, project);
  log.warn(`${project}: its requests, which a command had left held, are answered again`);
  const [next, live] = [record.switching?.workers ?? [], record.live?.containers ?? []];
  // A switch that could not be written down, which the next rollout settles.
  const isUnwritten = record.switching !== undefined && !isTakenBack;
  const hasMoved = isUnwritten && !(await routesAreAsWritten(layout, project, record));
  const handedOver = hasMoved ? handOverWorkers(next, live, network) : handOverWorkers(live, next, network);
  await handedOver.catch((error: Error) => log.error(error.message));
}

/** For a change of the gateway that ends a hold. */
export function letGoEdit(project: string): Edit {
  return { [holdPath(project)]: undefined };
}

/** What is to be done to the data could not be done, and not be taken back either, while Postgres or Docker is away. */
async function refuseWithoutPostgres(layout: Layout, project: string, seconds: number): Promise<void> {
  const { postgres } = await platformDescription(layout);
  const cause = await untilPostgresAnswers(postgres, seconds);
  if (!cause) return;
  await endHereIfStopped();
  throw new PostgresError(`${project}: Postgres does not answer: ${cause.message}; nothing was changed`, true, {
    cause,
  });
}

/** Resolves when the gateway answers for the project, and nothing runs any more that a client asked before. */
async function hold(layout: Layout, { description, gateway }: HeldProject, host: string | undefined): Promise<void> {
  const { project, deploy } = description;
  const edit = { [holdPath(project)]: holdText(randomUUID().replaceAll("-", "")) };
  const { oldWorkers } = await changeGateway(layout, gateway.container, `hold ${project}`, edit);
  // Requests in flight, and one more of each kept connection, still go through workers that were replaced.
  const seconds = Math.max(deploy.drainSeconds, await shutdownSeconds(layout)) + SHUTDOWN_MARGIN_SECONDS;
  const failed = (why: string) => new Error(`${project}: its requests could not be held: ${why}; nothing was changed`);
  if (!(await untilWorkersGone(gateway.container, oldWorkers, seconds))) {
    throw failed(`after ${seconds} s workers of the gateway still serve as before`);
  }
  if (host !== undefined) {
    await confirmHold(gateway, host).catch((error: Error) => {
      throw failed(error.message);
    });
  }
}

/** After which nginx closes what a replaced worker still serves: one time for all projects. */
async function shutdownSeconds(layout: Layout): Promise<number> {
  const [config = ""] = await currentFiles(layout, ["nginx.conf"]);
  return Number(/^worker_shutdown_timeout (\d+)s;$/m.exec(config)?.[1] ?? 0);
}

/** Resolves when no worker of the gateway that takes connections answers 503 any more, or after `LET_GO_SECONDS`. */
async function letGo(layout: Layout, { container }: GatewayRef, project: string): Promise<void> {
  const { oldWorkers } = await changeGateway(layout, container, `let go of ${project}`, letGoEdit(project));
  await untilNoneAccepts(container, oldWorkers, LET_GO_SECONDS);
}
