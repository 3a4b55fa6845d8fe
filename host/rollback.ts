import type { RecordedRelease } from "../config/stack-config";
import { backupLock } from "./backup/backup-index";
import { concludeSuccess, recorded, recordWayBack } from "./conclude";
import { ContractError } from "./contract-error";
import { swapOf, withDataChange } from "./data-change";
import { failedWayBack } from "./degraded";
import { deployExitCode } from "./deploy-exit-code";
import { platformDescription, projectDescription } from "./description";
import { startContainer } from "./docker";
import { endLeftHold } from "./hold-writers";
import type { Layout } from "./layout";
import { isLeftHeld } from "./left-held";
import { LockedError, withLock } from "./lock";
import type { Log } from "./log";
import { untilHealthy } from "./probe";
import { type Held, heldThere, type LiveRelease, type ProjectRecord, readRecord, withHostOf } from "./record";
import { refuseData } from "./refuse-data";
import type { GatewayRef, ProjectDescription, RollbackRequest } from "./requests";
import type { PreparedRestore } from "./restore/prepared-restore";
import { type DataPlan, rollbackPlan } from "./rollback-data";
import { switchTraffic } from "./switch-traffic";
import { verifyAfterSwitch } from "./verify-after-switch";
import { haveWorkersFollow, type WorkersError } from "./worker-handover";

const LOCK_WAIT_SECONDS = 60;
/** Exit codes of the script contract (SC-04). */
const FAILED = 1;
const VERSION_NOT_FOUND = 2;
const RESTORE_FAILED = 3;
/** A standby runs already: it answers at once or is not well, in seconds. */
const STANDBY_DEADLINE_SECONDS = 10;

export interface RollbackResult {
  project: string;
  from: string;
  to: string;
  version: string;
  /** With which the stack's file names both. */
  live: RecordedRelease;
  standby: RecordedRelease;
}

/**
 * Moves traffic back to the release before, whose containers still run: one switch, with nothing but this host; where it
 * is wanted, together with a restore of the database, prepared and verified first (RB-07). The record says that it is
 * held there until the configuration follows, or it goes forward again. With the traffic there the release is looked at
 * from all sides (RB-09). Throws `ContractError` 1 where it serves and is not well, 2 for a version that is no standby
 * here, 3 where the restore failed, and leaves everything as it is when the standby is not well. A rerun goes on where it
 * stopped (RB-11); forward again goes one that names the version.
 */
export async function rollback(layout: Layout, log: Log, wanted: RollbackRequest): Promise<RollbackResult> {
  const { project, version, by } = wanted;
  const began = performance.now();
  const [description, { gateway }, record] = await Promise.all([
    projectDescription(layout, project),
    platformDescription(layout),
    readRecord(layout, project),
  ]);
  const wentBack = isBack(record, version);
  if (wentBack) refuseData(wanted, record.live, (record.held ?? record.forward)?.backup);
  const target = wentBack ? record.live : targetOf(project, version, record.standby);
  const way: WayBack = { wanted, description, gateway, target };
  const go = wentBack ? goOn : moveBack;
  const { from, to, failure } = await go(layout, log, way).catch(async (error: Error) => {
    const { live } = await readRecord(layout, project);
    await recordWayBack(layout, { project, by, from: live, to: target, began, failure: error });
    throw error;
  });
  // The traffic is back: what is not well is told after that is written down.
  const trouble = failure ?? (await verifyAfterSwitch(layout, log, project).then(nothing, (error: Error) => error));
  const intent = { operation: "rollback" as const, force: false, skipBackup: false, by, gitSha: "" };
  const attempt = { project, release: to.release, version: to.version, config: recorded(to), intent, began };
  await concludeSuccess(layout, log, attempt, description, `${from.version} (${from.release})`, trouble);
  if (trouble) throw await told(layout, log, way, trouble);
  return {
    project,
    from: from.release,
    to: to.release,
    version: to.version,
    live: recorded(to),
    standby: recorded(from),
  };
}

interface WayBack {
  wanted: RollbackRequest;
  description: ProjectDescription;
  gateway: GatewayRef;
  target: LiveRelease;
}

interface Moved {
  from: LiveRelease;
  to: LiveRelease;
  /** Its workers do not work. */
  failure?: WorkersError | undefined;
}

/** A record of a project whose traffic somebody moved on this host already. */
type WentBack = ProjectRecord & Required<Pick<ProjectRecord, "live" | "standby">>;

/**
 * Whether an earlier run of the same command has moved the traffic: typed again it goes on, and not forward again.
 * Forward leaves no hold but a note, and is told from going back by a version that the standby does not have. Without
 * either the release came by a deploy: to name its version then is a mistake.
 */
function isBack(record: ProjectRecord, version: string | undefined): record is WentBack {
  const { live, standby } = record;
  if (!live || !standby || (version !== undefined && !isNamed(live, version))) return false;
  if (heldThere(record)?.reason === "operator") return true;
  return version !== undefined && record.forward?.to === live.release && !isNamed(standby, version);
}

function isNamed({ version, release }: LiveRelease, name: string): boolean {
  return [version, release].includes(name);
}

/** What is left to do once the traffic is there. */
async function goOn(layout: Layout, log: Log, way: WayBack): Promise<Moved> {
  const { wanted, description, target } = way;
  return underLock(layout, log, way, async () => {
    const record = await readRecord(layout, wanted.project);
    if (!isBack(record, target.release)) throw movedMeanwhile(way);
    const { live, standby } = record;
    log.info(`${wanted.project}: traffic goes to release ${live.release} (${live.version}) already`);
    return { from: standby, to: live, failure: await workersTrouble(record, live, standby, description) };
  });
}

/** Everything until the traffic is there. */
async function moveBack(layout: Layout, log: Log, way: WayBack): Promise<Moved> {
  const { wanted, description, gateway, target } = way;
  const { project, by } = wanted;
  // Else the safety backup would have half of a change, and the restore be of a backup from before it is taken back.
  if (await isLeftHeld(layout, project)) await underLock(layout, log, way, async () => undefined);
  const prepared = await prepareData(layout, log, wanted, description, target);
  return underLock(layout, log, way, async () => {
    const before = await readRecord(layout, project);
    const { live } = before;
    if (!live || before.standby?.release !== target.release) throw movedMeanwhile(way);
    const standby = withHostOf(description, before.standby);
    // Forward again, to what the configuration names: nothing is held away from that any more.
    const isForward = heldThere(before)?.from === standby.release;
    const restored = prepared && { backup: prepared.backup };
    const held: Held = {
      ...{ from: live.release, to: standby.release, reason: "operator", at: new Date().toISOString() },
      text: `${by} went back from ${live.version} to ${standby.version} on the host`,
      ...restored,
    };
    const bring = async (schema = before.schema) => {
      await makeSureItRuns(standby, description);
      const after = (record: ProjectRecord): ProjectRecord => ({
        ...record,
        ...(schema && { schema }),
        standby: live,
        ...(isForward ? { held: undefined, forward: { to: standby.release, ...restored } } : { held }),
      });
      const purpose = `rollback ${project} ${standby.release}`;
      return switchTraffic(layout, { project, to: standby, gateway, purpose }, before, after);
    };
    const change = prepared && (await swapOf(layout, log, prepared, description, standby, before));
    const { containers } = standby;
    if (change) await withDataChange(layout, log, { description, gateway, containers }, change, bring);
    else await bring();
    log.info(`${project}: traffic goes to release ${standby.release} (${standby.version})`);
    return { from: live, to: standby, failure: await workersTrouble(before, standby, live, description) };
  });
}

function movedMeanwhile({ wanted, target }: WayBack): ContractError {
  const text = `${wanted.project}: release ${target.release} is no standby any more; look at its status`;
  return new ContractError(text, FAILED);
}

/** Workers of the release that serves work, and the other's do not. Resolves with what is not so. */
function workersTrouble(
  { switching }: ProjectRecord,
  live: LiveRelease,
  other: LiveRelease,
  { network }: ProjectDescription,
): Promise<WorkersError | undefined> {
  const from = [...other.containers, ...(switching?.workers ?? [])];
  return haveWorkersFollow({ live, from, network }).then(nothing, (error: WorkersError) => error);
}

/** With the project's lock; what fails there is told with what serves. */
function underLock<T>(layout: Layout, log: Log, way: WayBack, action: () => Promise<T>): Promise<T> {
  const { project } = way.wanted;
  return withLock(layout.project(project), `rollback ${project}`, LOCK_WAIT_SECONDS, async () => {
    await endLeftHold(layout, log, way);
    return action();
  }).catch(async (error: Error) => {
    // Refused before anything was tried.
    if (error instanceof ContractError || error instanceof LockedError) throw error;
    throw await told(layout, log, way, error);
  });
}

function nothing(): undefined {
  return undefined;
}

async function told(layout: Layout, log: Log, { wanted, target }: WayBack, error: Error): Promise<ContractError> {
  const { project } = wanted;
  const { text } = await failedWayBack(layout, log, { project, target, error });
  return new ContractError(`${project}: ${text}`, deployExitCode("rollout", error, "rollback"), { cause: error });
}

/** What a rollback does before anything is touched, for whoever is to confirm it (RB-06). */
export interface PlannedRollback {
  from: LiveRelease | undefined;
  to: LiveRelease;
  data: DataPlan;
}

/** Throws `ContractError` 2 for a version that is no standby here, and for a release whose image is gone. */
export async function planRollback(
  layout: Layout,
  log: Log,
  wanted: Omit<RollbackRequest, "by">,
): Promise<PlannedRollback> {
  const { project, version } = wanted;
  const [description, record] = await Promise.all([projectDescription(layout, project), readRecord(layout, project)]);
  if (isBack(record, version)) {
    const data = { kind: "keep", text: "as the rollback left it, which is gone on with" } as const;
    return { from: record.standby, to: record.live, data };
  }
  const { live, standby } = record;
  const to = targetOf(project, version, standby);
  return { from: live, to, data: await dataPlanOf(layout, log, wanted, description, to.release) };
}

function dataPlanOf(
  layout: Layout,
  log: Log,
  { project, database, backup }: Pick<RollbackRequest, "project" | "database" | "backup">,
  { deploy }: ProjectDescription,
  release: string,
): Promise<DataPlan> {
  const policy = database ?? deploy.database;
  return rollbackPlan(layout, log, { project, release, database: policy, ...(backup && { backup }) });
}

/** The database that takes the place of the present one, if any: of a rollback that stopped, or prepared now. */
async function prepareData(
  layout: Layout,
  log: Log,
  wanted: RollbackRequest,
  description: ProjectDescription,
  { release, version, snapshot: { keyTables } }: LiveRelease,
): Promise<PreparedRestore | undefined> {
  const { project, by } = wanted;
  const plan = await dataPlanOf(layout, log, wanted, description, release);
  log.info(`database: ${plan.text}`);
  if (plan.kind === "impossible") throw new ContractError(`${project}: ${plan.text}`, RESTORE_FAILED);
  if (plan.kind === "keep") return undefined;
  const nonce = `rollback to ${release} from ${plan.backup}`;
  const { readPrepared } = await import("./restore/prepared-restore");
  const before = await readPrepared(layout, project);
  if (before?.nonce === nonce) {
    log.info(`${project}: ${before.database} was prepared before; going on from there`);
    return before;
  }
  try {
    const [{ backupProject }, { prepareForSwap }] = await Promise.all([
      import("./backup/backup-project"),
      import("./restore/restore-prepare"),
    ]);
    const { backup } = plan;
    const safety = { project, type: "safety", by, isLockHeld: true, leavesTidying: true } as const;
    const wish = { project, release, version, keyTables, backup, nonce, repeatable: true };
    // One lock for both, and nothing is tidied: an expired backup may be what is restored.
    await withLock(backupLock(layout, project), `rollback ${project} ${release}`, LOCK_WAIT_SECONDS, async () => {
      await backupProject(layout, log, safety);
      await prepareForSwap(layout, log, wish);
    });
  } catch (error) {
    const text = `${(error as Error).message}; nothing was switched`;
    throw new ContractError(text, RESTORE_FAILED, { cause: error });
  }
  return readPrepared(layout, project);
}

function targetOf(project: string, version: string | undefined, standby: LiveRelease | undefined): LiveRelease {
  if (standby && (version === undefined || isNamed(standby, version))) return standby;
  const known = standby ? `the standby here is ${standby.version} (${standby.release})` : "there is no standby here";
  throw new ContractError(
    `${project}: ${version ?? "a release before"} is not running on this host: ${known}; ` +
      "further back goes `slipway rollback` where the repository is, which starts containers from kept images",
    VERSION_NOT_FOUND,
  );
}

/** A standby whose containers were stopped, by hand or with the host, is started again. */
async function makeSureItRuns({ containers }: LiveRelease, { network }: ProjectDescription): Promise<void> {
  await Promise.all(
    containers
      .filter(({ port }) => port !== undefined)
      .map(async (container) => {
        await startContainer(container.id);
        const health = { ...container.health, deadlineSeconds: STANDBY_DEADLINE_SECONDS };
        await untilHealthy({ ...container, health }, network);
      }),
  );
}
