import { GatewayConfigError, testChange } from "./change-gateway";
import { ContractError } from "./contract-error";
import { platformDescription, projectDescription } from "./description";
import { docker } from "./docker";
import { rememberImages } from "./images/image-ledger";
import type { Layout } from "./layout";
import type { Log } from "./log";
import { dependenciesOf, gatewayDependency, whatIsWrong } from "./preflight/dependencies";
import { type Disk, diskFindings, disks, gigabytes } from "./preflight/disk-space";
import { type Finding, findingLines, judged } from "./preflight/finding";
import { processorFindings, processors } from "./preflight/processors";
import { isHeldAway, type LiveRelease, readRecord } from "./record";
import type { Intent, PreflightRequest, ProjectDescription } from "./requests";
import { routesEdit } from "./route-paths";
import { sitePath } from "./site-domains";

/** Exit code of the script contract (SC-03). */
const VALIDATION_FAILED = 1;

/** Something speaks against a deploy; nothing was changed. */
export class PreflightError extends ContractError {
  constructor(message: string) {
    super(message, VALIDATION_FAILED);
    this.name = "PreflightError";
  }
}

export interface PreflightResult {
  project: string;
  /** What the deploy goes on in spite of. */
  passed: string[];
}

/**
 * Makes every check before a deploy, then says all that speaks against it at once (MT-05). Variables are not among
 * them: a configuration in which one has no value is not even loaded.
 */
export async function preflight(
  layout: Layout,
  log: Log,
  wanted: PreflightRequest,
  intended: Intent | undefined,
): Promise<PreflightResult> {
  const { project, release } = wanted;
  const record = await readRecord(layout, project);
  const { live, standby } = record;
  if (live?.release === release) {
    log.info(`${project}: release ${release} serves already, nothing to check`);
    return { project, passed: [] };
  }
  if (isHeldAway(record, release)) {
    log.info(`${project}: traffic is held away from release ${release}, nothing to check`);
    return { project, passed: [] };
  }
  const { blocking, passed } = judged(
    await findings(layout, log, wanted, intended, standby?.release === release),
    intended,
  );
  for (const { text, passedBy } of passed) log.warn(`${project}: ${text}; going on because of ${passedBy}`);
  if (blocking.length > 0) throw new PreflightError(refusal(wanted, blocking, live, intended));
  await rememberImages(layout, project, wanted.images);
  if (passed.length === 0) log.info(`${project}: nothing speaks against release ${release}`);
  return { project, passed: passed.map(({ text }) => text) };
}

async function findings(
  layout: Layout,
  log: Log,
  wanted: PreflightRequest,
  intended: Intent | undefined,
  isStandby: boolean,
): Promise<Finding[]> {
  const notThere = await docker()
    .ping()
    .then(() => undefined)
    .catch((error: Error) => ({ text: `Docker does not answer (${error.message}); try: docker info` }));
  const beside = (intended?.findings ?? []).map((text): Finding => ({ text, passedBy: "--force" }));
  if (notThere) return [...beside, notThere];
  const [platform, project] = await Promise.all([
    platformDescription(layout),
    projectDescription(layout, wanted.project),
  ]);
  const found = await Promise.all([
    // It writes next to nothing, and an operator on a full disk must be able to go back.
    intended?.keepsData ? [] : disks(layout).then((all) => spaceFindings(all, log, wanted)),
    // A standby's containers are there already, and a machine that became smaller must not lock an operator out.
    isStandby ? [] : processors().then((available) => processorFindings(wanted.cpus, available)),
    gatewayFindings(layout, log, wanted, project),
    ...dependenciesOf(platform, project).map(async (dependency): Promise<Finding[]> => {
      const text = await whatIsWrong(dependency);
      if (text !== undefined) return [{ text, passedBy: "--force" }];
      log.info(`${wanted.project}: ${dependency.title} is healthy`);
      return [];
    }),
  ]);
  return [...beside, ...found.flat()];
}

function spaceFindings(all: Disk[], log: Log, { project, freeGB }: PreflightRequest): Finding[] {
  const found = diskFindings(all, freeGB);
  if (found.length > 0) return found;
  for (const { path, freeBytes } of all) log.info(`${project}: ${gigabytes(freeBytes)} free at ${path}`);
  return [];
}

/** A gateway that does not run cannot test the configuration, and would not start with a wrong one: nobody may pass that. */
async function gatewayFindings(
  layout: Layout,
  log: Log,
  { project, release, gateway, site, routes }: PreflightRequest,
  description: ProjectDescription,
): Promise<Finding[]> {
  const edit = { [sitePath(project)]: site === "" ? undefined : site, ...routesEdit(project, routes) };
  const [text, refused] = await Promise.all([
    whatIsWrong(gatewayDependency(gateway, description)),
    testChange(layout, gateway.container, `preflight ${project} ${release}`, edit).then(
      () => undefined,
      (error: Error) => error,
    ),
  ]);
  if (text !== undefined) return [{ text }];
  if (refused instanceof GatewayConfigError) {
    return [{ text: `the gateway refuses the new configuration: ${refused.output.trim().split("\n")[0]}` }];
  }
  if (refused) throw refused;
  log.info(`${project}: the gateway is healthy and accepts the new configuration`);
  return [];
}

function refusal(
  { project, release }: PreflightRequest,
  blocking: Finding[],
  live: LiveRelease | undefined,
  intended: Intent | undefined,
): string {
  const operation = intended?.operation ?? "deploy";
  const serving = live ? `release ${live.release} (${live.version}) still serves` : "no release of it serves yet";
  const count = blocking.length === 1 ? "one check" : `${blocking.length} checks`;
  return `${project}: ${count} before the ${operation} of release ${release} failed; nothing was changed, ${serving}\n${findingLines(blocking, operation)}`;
}
