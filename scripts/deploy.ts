import { ConfigError } from "../config/config-error";
import type { Project } from "../config/project";
import { releaseOf } from "../config/release";
import type { ReleaseConfig } from "../config/stack-config";
import { ContractError } from "../host/contract-error";
import { whoami } from "../host/intent";
import type { ProjectState } from "../host/project-state";
import { heldThere } from "../host/record";
import type { Intent } from "../host/requests";
import { runId } from "../host/run-id";
import { type Applied, apply, plan } from "./deploy/apply";
import { concluded } from "./deploy/concluded";
import { COMMON_OPTIONS, lockWaitSeconds, parsed, withUsage } from "./deploy/deploy-options";
import { gitSha } from "./deploy/git-sha";
import { hostFailure, tellFailure } from "./deploy/host-failure";
import { changesBegin, stopped } from "./deploy/interruption";
import { nothingButOwnChanges, touchesNothing } from "./deploy/own-changes";
import { ReleaseEntry } from "./deploy/release-entry";
import { releaseToDeploy } from "./deploy/release-to-deploy";
import { repositoryFindings } from "./deploy/repository-check";
import { servingText } from "./deploy/serving-text";
import { StackContext } from "./deploy/stack-context";
import { StepTimes } from "./deploy/step-times";
import { wantedRelease } from "./deploy/wanted-release";
import { takeAway, type WayBack, wayBack, withoutName } from "./deploy/way-back";
import { whatIsLeft } from "./deploy/what-is-left";
import { whileIntended } from "./deploy/while-intended";
import { failureText } from "./failure-text";

const FAILED = 1;

const USAGE = `Examples:
  slipway deploy hello 1.1.0               a version of the registry: a tag, or an image labelled so
  slipway deploy hello                     what the stack's file names already
  slipway deploy hello 1.1.0 --stack production

usage: slipway deploy [PROJECT] [VERSION] [options]

Checks, backs up, pulls, migrates, starts the release beside the live one, tests it, moves traffic and watches over it.
When anything fails, traffic and configuration are as before, unless deploy.automaticRollback is off. A migration that
succeeded stays, unless it is \`compatible: false\`: the release before works with it. PROJECT may be left out where there
is only one.

  -s, --stack NAME     the stack to deploy to (default: the selected one)
  --skip-backup        no backup before the deploy
  --force              go on although a check failed (never: an invalid gateway configuration, no room for the backup)
  --json               print the outcome as JSON and nothing else on stdout
  --lock-wait SECONDS  longest wait for another command on the stack (default 900)

Exit codes: 0 live; 1 failed, the release before serves; 2 backup failed, nothing changed; 3 migration failed.
`;

const OPTIONS = {
  ...COMMON_OPTIONS,
  "skip-backup": { type: "boolean" },
  force: { type: "boolean" },
  // As of `up`, for whoever watches the steps; not in the usage.
  "event-log": { type: "string" },
} as const;

interface Wanted {
  version?: string;
  force: boolean;
  skipBackup: boolean;
  lockWait: number;
  eventLog?: string;
}

export function run(args: string[]): Promise<number> {
  return withUsage(args, USAGE, async () => {
    const { values, positionals } = parsed(args, OPTIONS, 2);
    const wanted = {
      force: values.force ?? false,
      skipBackup: values["skip-backup"] ?? false,
      lockWait: lockWaitSeconds(values["lock-wait"]),
      ...(values["event-log"] !== undefined && { eventLog: values["event-log"] }),
    };
    const context = await openContext(values.stack, values.json);
    if (!context) return FAILED;
    return concluded(context, "deploy", async () => {
      const [name, version] = projectFirst(context, positionals);
      const project = context.project(name);
      return context.exclusively(`deploy ${project.name}`, wanted.lockWait, (current) =>
        deploy(current, current.project(project.name), { ...wanted, ...(version !== undefined && { version }) }),
      );
    }).finally(() => context.close());
  });
}

/** A configuration with mistakes is told as `up` tells it. */
export async function openContext(stack: string | undefined, json = false): Promise<StackContext | undefined> {
  try {
    return await StackContext.open(stack, json);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(failureText(error, json, "slipway.deploy.failed"));
    return undefined;
  }
}

/** `slipway deploy 1.1.0` where there is only one project. */
export function projectFirst({ model }: StackContext, [first, second]: string[]): [string?, string?] {
  const isAlone = second === undefined && model.projects.length === 1 && first !== model.projects[0]?.name;
  return isAlone ? [undefined, first] : [first, second];
}

/** A deploy that has passed what is checked where the repository is. */
interface Attempt {
  project: Project;
  release: string;
  live: ReleaseConfig;
  /** Before it. */
  state: ProjectState;
  /** This very release was taken back on the host, and is held back there. */
  isRetry: boolean;
  /** `performance.now()`. */
  began: number;
  wanted: Wanted;
  goBack: WayBack;
}

async function deploy(context: StackContext, project: Project, wanted: Wanted): Promise<number> {
  const { log, model } = context;
  const began = performance.now();
  const named = model.config.releases[project.name];
  const configured = releaseToDeploy(named);
  const [state, live, findings, commit] = await Promise.all([
    context.host<ProjectState>("state", { project: project.name }),
    wantedRelease(context, project, configured, wanted.version),
    repositoryFindings(context.root, context.stackFile, (line) => log.info(line)),
    gitSha(context.root),
  ]);
  const idOf = (config: ReleaseConfig) => releaseOf(project, config, model.config.variables[project.name] ?? {}).id;
  const release = idOf(live);
  const isLive = state.live?.release === release && !heldThere(state);
  const isConfigured = configured !== undefined && !named?.fallback && idOf(configured) === release;
  if (isLive && isConfigured && touchesNothing(await plan(context, wanted.lockWait), project.name)) {
    log.info(`${project.name}: ${live.version} (release ${release}) is live already; nothing to do`);
    return 0;
  }
  if (state.live?.release === release) refuseDrift(context, findings, wanted.force); // Nothing is checked on the host.
  log.info(`Starting deployment of ${live.version}`);
  if (named?.fallback) log.info("with the settings of projects.yml, no longer those kept when a command failed");

  const entry = await ReleaseEntry.open(context.stackFile, project.name);
  const before = state.live?.release === release ? state.standby : state.live;
  const standby = before && withoutName(before);
  const isRetry = configured !== undefined && state.held?.from === release;
  const goBack = wayBack(entry, state, named?.live && idOf(named.live), release, named?.live?.images);
  changesBegin();
  return whileIntended(context, intentOf(project.name, release, wanted, commit, findings), async () => {
    await entry.write({ live, ...(standby && { standby }) });
    return carryOut(context, { project, release, live, state, isRetry, began, goBack, wanted });
  });
}

/** The release that the configuration names by now, to its end. */
async function carryOut(context: StackContext, attempt: Attempt): Promise<number> {
  const { log } = context;
  const { project, release, live, state, isRetry, began, goBack, wanted } = attempt;
  if (isRetry) {
    await context.host("release-hold", { project: project.name }).catch(async (error) => {
      await goBack();
      throw error;
    });
  }
  const times = new StepTimes();
  const only = nothingButOwnChanges(context.stack, project.name);
  const applyOwn = () =>
    apply(context, {
      waitSeconds: wanted.lockWait,
      only,
      stop: stopped,
      listener: (event) => times.event(event),
      ...(wanted.eventLog !== undefined && { eventLog: wanted.eventLog }),
    });
  let applied: Applied;
  try {
    applied = await applyOwn();
    if (only.hasRefused && (await mendOthers(context))) {
      only.hasRefused = false;
      applied = await applyOwn();
    }
  } catch (error) {
    // The engine could not begin, or not write its state: what it had done by then a later run finds.
    if (!times.isRolledOut) await goBack();
    throw error;
  }
  if (only.hasRefused && !times.hasStarted) {
    await goBack();
    throw new ContractError(applied.error, FAILED);
  }
  if (applied.succeeded) {
    report(context, project, live, release, state, times, began);
    return 0;
  }
  if (times.isRolledOut && (await mayServe(context, project.name, release))) {
    log.warn(`${whatIsLeft(live.version, applied, context.stack)}; to go back: slipway rollback ${project.name}`);
    if (applied.canceled) return FAILED;
    report(context, project, live, release, state, times, began);
    return 0;
  }
  const reason = applied.canceled ? "interrupted" : applied.error;
  const { terminated } = applied;
  if (!project.deploy.automaticRollback && (await serves(context, project.name, release).catch(() => false))) {
    log.error(`Deploy of ${project.name} ${live.version} failed: ${reason}`);
    log.error(
      `Live: ${live.version} (release ${release}), as automatic rollback is off (deploy.automaticRollback); ` +
        `to go back: slipway rollback ${project.name}`,
    );
    return FAILED;
  }
  return failed(context, { ...attempt, reason, terminated });
}

/**
 * Past its rollout a release stays, whatever fails afterwards, unless the watch on the host has taken it back since. Of
 * a host that does not answer any more, what it told last counts.
 */
async function mayServe(context: StackContext, project: string, release: string): Promise<boolean> {
  try {
    return await serves(context, project, release);
  } catch (error) {
    context.log.warn(`whether release ${release} still serves could not be asked: ${(error as Error).message}`);
    return true;
  }
}

async function serves(context: StackContext, project: string, release: string): Promise<boolean> {
  return (await context.host<ProjectState>("state", { project })).live?.release === release;
}

/** A checkout that is not what its remote has would deploy what nobody else can see (MT-05). */
function refuseDrift({ log }: StackContext, findings: string[], force: boolean): void {
  if (findings.length === 0) return;
  if (!force) throw new ContractError(`${findings.join("; ")}; or go on with --force`, FAILED);
  for (const finding of findings) log.warn(`${finding}; going on because of --force`);
}

/** A file of another project that nginx refuses must not keep this one from being deployed. */
async function mendOthers(context: StackContext): Promise<boolean> {
  const nothing = { mended: [] as string[] };
  // A host program that is older than this one does not know how; renewing it is then among the changes of others.
  const { mended } = await context.host<typeof nothing>("mend-gateway", {}).catch(() => nothing);
  for (const path of mended) context.log.warn(`nginx refused ${path}, edited by hand; it is as it was deployed again`);
  return mended.length > 0;
}

function intentOf(project: string, release: string, wanted: Wanted, commit: string, findings: string[]): Intent {
  return {
    ...{ project, release, operation: "deploy", force: wanted.force, skipBackup: wanted.skipBackup },
    ...{ findings, by: whoami(), gitSha: commit, at: new Date().toISOString(), run: runId() },
  };
}

interface FailedDeploy extends Attempt {
  reason: string;
  /** It is to end at once: what the release left is for the next deploy or `up`. */
  terminated: boolean;
}

/** The configuration as before, and an `up` that takes away what the release left. */
async function failed(context: StackContext, failure: FailedDeploy): Promise<number> {
  const { name: project } = failure.project;
  const { log } = context;
  const { release, live, state, began, goBack, wanted } = failure;
  log.error("Deployment failed - initiating rollback");
  // Also where the host is not reached any more: the next `up` must not deploy this again.
  await goBack();
  const after = await context.host<ProjectState>("state", { project });
  await goBack(after);
  const cause = hostFailure(release, state, after);
  const reason = cause?.message ?? failure.reason;
  if (!cause) await tellFailure(context, { project, release, version: live.version, reason, began });
  if (failure.terminated) {
    log.error(`stopped at once; what ${live.version} left is taken away by: slipway up --stack ${context.stack}`);
    return cause?.exitCode ?? FAILED;
  }
  const isClean = await takeAway(context, project, wanted.lockWait);
  // A release that had taken its traffic already has lost it again by now, where there is a way back from it.
  const { live: serves } = await context.host<ProjectState>("state", { project });
  if (isClean && cause?.database !== "changed") log.success("Rollback complete");
  log.error(`Deploy of ${project} ${live.version} failed: ${reason}`);
  const serving = servingText(serves, { before: state.live?.release, failed: release, database: cause?.database });
  log.error(`${serving}. To see more: slipway deployment-status ${project} --history`);
  return isClean ? (cause?.exitCode ?? FAILED) : FAILED;
}

function report(
  { log, model }: StackContext,
  project: Project,
  live: ReleaseConfig,
  release: string,
  before: ProjectState,
  times: StepTimes,
  began: number,
): void {
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  log.success(`Deployment successful: ${live.version}`);
  const [domain] = project.domains;
  // A deploy changes no gateway: one that is held stays where it is.
  const { port } = before.gateway ?? model.config.gateway;
  const url = domain ? ` at http://${domain}${port === 80 ? "" : `:${port}`}` : "";
  log.info(`${project.name} ${live.version} is live${url} (release ${release}) after ${seconds} s: ${times.text()}`);
  if (before.live && before.live.release !== release) {
    log.info(
      `${before.live.version} (release ${before.live.release}) stays as standby; to go back: slipway rollback ${project.name}`,
    );
  }
}
