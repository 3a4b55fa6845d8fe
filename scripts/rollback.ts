import type { Project } from "../config/project";
import { releaseOf } from "../config/release";
import { ContractError } from "../host/contract-error";
import { whoami } from "../host/intent";
import type { NamedRelease, ProjectState } from "../host/project-state";
import { heldThere } from "../host/record";
import { refuseData } from "../host/refuse-data";
import type { Intent } from "../host/requests";
import type { RollbackPlan } from "../host/rollback-data";
import { runId } from "../host/run-id";
import { openContext, projectFirst } from "./deploy";
import { agreedPlan, type PossiblePlan } from "./deploy/agreed-plan";
import { type Applied, type ApplyOptions, apply } from "./deploy/apply";
import { concluded } from "./deploy/concluded";
import { COMMON_OPTIONS, lockWaitSeconds, parsed, UsageError, withUsage } from "./deploy/deploy-options";
import { gitSha } from "./deploy/git-sha";
import { hostFailure, tellFailure } from "./deploy/host-failure";
import { changesBegin, stopped } from "./deploy/interruption";
import { ownChanges } from "./deploy/own-changes";
import { ReleaseEntry } from "./deploy/release-entry";
import type { StackContext } from "./deploy/stack-context";
import { StepTimes } from "./deploy/step-times";
import { takeAway, wayBack, withoutName, withPlaces } from "./deploy/way-back";
import { whatIsLeft } from "./deploy/what-is-left";
import { whileIntended } from "./deploy/while-intended";

const FAILED = 1;
const VERSION_NOT_FOUND = 2;
/** Longest wait for what goes on by itself on the host, in seconds. */
const SETTLE_SECONDS = 900;

const USAGE = `Examples:
  slipway rollback hello                   to the release before: one switch, its containers still run
  slipway rollback hello 1.0.0 --yes       to a version further back, from its kept image
  slipway rollback calendar --database restore

usage: slipway rollback [PROJECT] [VERSION] [options]

Says what it will do and how many minutes of writes a restore of the database would lose, and asks.

  -s, --stack NAME     the stack (default: the selected one)
  -y, --yes            do not ask; so does ROLLBACK_CONFIRM=yes
  --database WHAT      keep, restore, or auto: kept while both releases are at one schema revision, or every migration
                       since was compatible; else restored (default: what the project says)
  --backup ID          the backup to restore instead of the one that fits
  --json               print the outcome as JSON and nothing else on stdout; nothing is asked
  --lock-wait SECONDS  longest wait for another command on the stack (default 900)

Exit codes: 0 done; 1 failed, what serves is said; 2 no such version; 3 the restore failed, or no backup fits.
`;

const OPTIONS = { ...COMMON_OPTIONS, database: { type: "string" }, backup: { type: "string" } } as const;

interface Wanted {
  version?: string;
  database: "auto" | "keep" | "restore";
  backup?: string;
  /** By the command line, not by the project. */
  asksForData: boolean;
  yes: boolean;
  mayAsk: boolean;
  lockWait: number;
}

export function run(args: string[], mayAsk = true): Promise<number> {
  return withUsage(args, USAGE, async () => {
    const { values, positionals } = parsed(args, OPTIONS, 2);
    const { database } = values;
    if (database !== undefined && database !== "auto" && database !== "keep" && database !== "restore") {
      throw new UsageError(`--database ${database}: auto, keep or restore`);
    }
    if (values.backup !== undefined && database === "keep") {
      throw new UsageError("--backup, and --database keep: a database that is kept gets nothing of a backup");
    }
    const lockWait = lockWaitSeconds(values["lock-wait"]);
    const context = await openContext(values.stack, values.json);
    if (!context) return FAILED;
    return concluded(context, "rollback", async () => {
      const [name, version] = projectFirst(context, positionals);
      const project = context.project(name);
      const wanted: Wanted = {
        asksForData: database === "restore" || values.backup !== undefined,
        database: database ?? (values.backup === undefined ? project.deploy.database : "restore"),
        yes: values.yes === true || process.env.ROLLBACK_CONFIRM === "yes",
        mayAsk: mayAsk && !context.json,
        lockWait,
        ...(version !== undefined && { version }),
        ...(values.backup !== undefined && { backup: values.backup }),
      };
      return context.exclusively(`rollback ${project.name}`, lockWait, (current) =>
        rollBack(current, current.project(project.name), wanted),
      );
    }).finally(() => context.close());
  });
}

async function rollBack(context: StackContext, project: Project, wanted: Wanted): Promise<number> {
  const { log } = context;
  const { name } = project;
  const state = await context.host<ProjectState>("state", { project: name });
  const target = targetOf(state, wanted.version);
  const entry = await ReleaseEntry.open(context.stackFile, name);
  if (target.release === state.live?.release) {
    const restored = context.model.config.releases[name]?.restore?.backup ?? heldThere(state)?.backup;
    if (wanted.asksForData) refuseData({ project: name, ...wanted }, target, restored);
    log.info(`${name}: ${target.version} (release ${target.release}) serves already; the configuration follows`);
    changesBegin();
    return follow(context, project, entry, state, target, wanted);
  }
  const { database, backup } = wanted;
  const planned = await context.host<RollbackPlan>("rollback-plan", {
    project: name,
    release: target.release,
    database,
    backup,
  });
  log.info(
    `Rollback of ${name}: ${state.live?.version ?? "nothing"} (release ${state.live?.release ?? "none"}) -> ${target.version} (release ${target.release})`,
  );
  log.info(`database: ${planned.text}`);
  for (const container of Object.keys(planned.imageIds ?? {})) {
    log.warn(`${name}: the image of ${container} is gone; a backup's own tag of it is used`);
  }
  const data = await agreedPlan(log, planned, { ...wanted, project: name, version: target.version });
  if (!data) return FAILED;
  changesBegin();
  const followed = () => follow(context, project, entry, state, target, wanted, data);
  if (target.release !== state.standby?.release || data.kind !== "keep") {
    return whileIntended(context, await intentOf(context, name, target.release, data), async () => {
      // Traffic was taken from it here, and would stay away.
      if (state.held?.from === target.release) await context.host("release-hold", { project: name });
      return followed();
    });
  }
  await context.host("rollback", { project: name, version: target.release, database: "keep", by: whoami() });
  log.info(`${name}: traffic is on ${target.version}; the configuration follows`);
  return followed();
}

/** The configuration names the target, and an `up` makes everything as it says. */
async function follow(
  context: StackContext,
  project: Project,
  entry: ReleaseEntry,
  state: ProjectState,
  target: NamedRelease,
  { lockWait }: Wanted,
  data?: PossiblePlan,
): Promise<number> {
  const { log } = context;
  const { name } = project;
  const began = performance.now();
  const other = [state.live, state.standby].find((release) => release && release.release !== target.release);
  const places = context.model.config.releases[name]?.live?.images;
  const restore = data?.kind === "restore" ? { backup: data.backup, nonce: new Date().toISOString() } : undefined;
  await entry.write({
    live: { ...withPlaces(withoutName(target), places), ...(data?.imageIds && { imageIds: data.imageIds }) },
    ...(other && { standby: withoutName(other) }),
    ...(restore && { restore }),
  });
  const goBack = wayBack(entry, state, configuredRelease(context, project), target.release, places);
  const isLive = async () =>
    (await context.host<ProjectState>("state", { project: name })).live?.release === target.release;
  const times = new StepTimes();
  const options: ApplyOptions = {
    ...{ waitSeconds: lockWait, only: ownChanges(name), stop: stopped },
    listener: (event) => times.event(event),
  };
  const applied = await apply(context, options).catch(async (error) => {
    // It never began: the next `up` must not carry this out, a restore least of all, unless traffic is there already.
    if (!(await isLive().catch(() => false))) await goBack();
    throw error;
  });
  if (applied.succeeded) {
    log.success(`Rollback successful: ${target.version}`);
    return 0;
  }
  const failed = (reason: string) => log.error(`Rollback of ${name} failed: ${reason}`);
  // A rollout on another host outlives a connection that was lost: what it ends with counts.
  const settledWithinSeconds = applied.terminated ? 0 : SETTLE_SECONDS;
  const after = await context
    .host<ProjectState>("state", { project: name, settledWithinSeconds })
    .catch(async (error) => {
      // Also of a host that is not reached any more: the next `up` must not carry this out, a restore least of all.
      if (!times.isRolledOut) await goBack();
      failed(applied.error);
      throw error;
    });
  const isThere = after.live?.release === target.release;
  if (!isThere) await goBack(after);
  if (times.isRolledOut && isThere && !heldThere(after)) {
    log.warn(whatIsLeft(target.version, applied, context.stack));
    if (applied.canceled) return FAILED;
    log.success(`Rollback successful: ${target.version}`);
    return 0;
  }
  const { release, version } = target;
  const cause = hostFailure(release, state, after);
  const reason = cause?.message ?? (applied.canceled ? "interrupted" : applied.error);
  // Where it has its traffic the host has written that down as done.
  if (!cause && !isThere) await tellFailure(context, { project: name, release, version, reason, began });
  failed(reason);
  const isClean = isThere || (await isTakenAway(context, name, target, applied, lockWait));
  const { live } = await context.host<ProjectState>("state", { project: name });
  const serving = live ? `${live.version} (release ${live.release})` : "nothing";
  log.error(`Live: ${serving}. Once the cause is mended: slipway rollback ${name} ${target.version}`);
  return isClean ? (cause?.exitCode ?? FAILED) : FAILED;
}

/** What the target left that did not go live; after a second Ctrl-C that is for the next `up`. */
async function isTakenAway(
  context: StackContext,
  project: string,
  target: NamedRelease,
  { terminated }: Applied,
  lockWait: number,
): Promise<boolean> {
  if (!terminated) return takeAway(context, project, lockWait);
  context.log.error(
    `stopped at once; what ${target.version} left is taken away by: slipway up --stack ${context.stack}`,
  );
  return false;
}

/** That the stack's file names, its id. */
function configuredRelease({ model }: StackContext, project: Project): string | undefined {
  const { releases, variables } = model.config;
  const live = releases[project.name]?.live;
  return live && releaseOf(project, live, variables[project.name] ?? {}).id;
}

/** The release before, or that of a version or a name. Throws `ContractError` 2. */
function targetOf(state: ProjectState, version: string | undefined): NamedRelease {
  const { project, live, standby, past } = state;
  const known = [...(standby ? [standby] : []), ...past];
  if (version === undefined) {
    if (live && heldThere(state)) return live;
    const before = known.find(({ release }) => release !== live?.release);
    if (before) return before;
    throw new ContractError(`${project}: there is no release to go back to`, VERSION_NOT_FOUND);
  }
  const all = [...(live ? [live] : []), ...known];
  const found =
    all.find((release) => release.release === version) ?? all.find((release) => release.version === version);
  if (found) return found;
  const versions = [...new Set(all.map((release) => release.version))];
  throw new ContractError(
    `${project}: version ${version} is not known here; known: ${versions.join(", ") || "none"}`,
    VERSION_NOT_FOUND,
  );
}

async function intentOf(
  { root }: StackContext,
  project: string,
  release: string,
  { kind }: PossiblePlan,
): Promise<Intent> {
  return {
    ...{ project, release, operation: "rollback", force: false, skipBackup: false, keepsData: kind === "keep" },
    ...{ by: whoami(), gitSha: await gitSha(root), at: new Date().toISOString(), run: runId() },
  };
}
