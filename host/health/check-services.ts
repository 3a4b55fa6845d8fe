import { settingOf } from "../../config/setting-variables";
import { isBackupTimerInstalled } from "../backup/backup-timer";
import { ContractError } from "../contract-error";
import { degradedState } from "../degraded";
import { describedProjects, platformDescription, projectDescription } from "../description";
import { inTime } from "../in-time";
import type { Layout } from "../layout";
import { isLeftHeld } from "../left-held";
import { readRecord } from "../record";
import { unknownName } from "../unknown-name";
import { NoAnswerError } from "./ask";
import { checkBackupTimer } from "./backup-timer";
import { type AgeLimits, checkBackups, NO_LIMITS, SCHEDULED_LIMITS } from "./backups";
import { checkContainer } from "./container";
import { checkDisk, checkGateway, checkPostgres, checkRegistry } from "./platform";
import { type HealthStatus, noAnswer, overall, type ServiceHealth, unhealthy } from "./service-health";

/** Longest wait for one answer, in seconds (SC-13); HEALTH_CHECK_TIMEOUT overrides it (RB-13). */
const TIMEOUT_SECONDS = 10;
/** Exit code of a question that cannot be put. */
const USAGE = 1;
const LEFT_HELD =
  "its requests are answered 503: a command left them held, and the host tries to let them go; next: slipway up";

export interface HealthReport {
  schemaVersion: 1;
  /** RFC 3339. */
  timestamp: string;
  overall_status: HealthStatus;
  services: Record<string, ServiceHealth>;
}

export interface HealthOptions {
  /** Only these: `nginx`, `postgres`, `registry`, `disk`, `backups`, `backup-timer`, a project, or `project/container`. Default: all. */
  services?: string[];
  /** Of backups. Default: `SCHEDULED_LIMITS` where backups are scheduled, else none. */
  backupLimits?: Partial<AgeLimits>;
  /** Default: HEALTH_CHECK_TIMEOUT, else 10. */
  timeoutSeconds?: number;
  now?: Date;
}

type Check = () => Promise<ServiceHealth>;

/**
 * Asks every service of this host once, all at the same time: the platform's own, the containers of each live release,
 * and the accessories. Rejects only where nothing was deployed, or where a service is named that there is none of.
 */
export async function checkServices(layout: Layout, options: HealthOptions = {}): Promise<HealthReport> {
  const { timeoutSeconds = timeoutOfEnvironment(), now = new Date() } = options;
  const checks = chosen(await allChecks(layout, timeoutSeconds, options.backupLimits, now), options.services);
  const entries = Object.entries(checks).map(
    async ([name, check]) => [name, await healthOf(check, timeoutSeconds)] as const,
  );
  const services = Object.fromEntries(await Promise.all(entries));
  return { schemaVersion: 1, timestamp: now.toISOString(), overall_status: overall(services), services };
}

/** Seconds that HEALTH_CHECK_TIMEOUT gives one answer; throws for what is no positive number. */
export function timeoutOfEnvironment(environment = process.env): number {
  return settingOf("HEALTH_CHECK_TIMEOUT", environment) ?? TIMEOUT_SECONDS;
}

async function allChecks(
  layout: Layout,
  timeoutSeconds: number,
  backupLimits: Partial<AgeLimits> | undefined,
  now: Date,
): Promise<Record<string, Check>> {
  const platform = await platformDescription(layout);
  const isScheduled = await isBackupTimerInstalled(layout);
  const limits = { ...(isScheduled ? SCHEDULED_LIMITS : NO_LIMITS), ...backupLimits };
  const isAnythingAskedOfBackups = isScheduled || platform.s3 !== undefined || backupLimits !== undefined;
  const projects = await Promise.all(
    (await describedProjects(layout)).map((project) => projectChecks(layout, project, timeoutSeconds)),
  );
  return {
    nginx: () => checkGateway(platform.gateway, timeoutSeconds),
    postgres: () => checkPostgres(platform, timeoutSeconds),
    registry: () => checkRegistry(platform, timeoutSeconds),
    disk: () => checkDisk(layout),
    ...(isAnythingAskedOfBackups && { backups: () => checkBackups(layout, limits, now) }),
    ...(isScheduled && { "backup-timer": () => checkBackupTimer(layout) }),
    ...Object.assign({}, ...projects),
  };
}

/** Those of the live release and of the accessories; none for a project that is not deployed. */
async function projectChecks(layout: Layout, project: string, timeoutSeconds: number): Promise<Record<string, Check>> {
  const [{ network, accessories }, record] = await Promise.all([
    projectDescription(layout, project),
    readRecord(layout, project),
  ]);
  if (!record.live) return {};
  const containers = [...record.live.containers, ...accessories];
  const degraded = degradedState(record)?.text;
  const held = (await isLeftHeld(layout, project))
    ? record.live.containers.filter(({ port }) => port !== undefined)
    : [];
  return Object.fromEntries(
    containers.map((container) => [
      `${project}/${container.service}`,
      async () => {
        if (held.some(({ service }) => service === container.service)) return unhealthy(LEFT_HELD);
        const health = await checkContainer(container, network, timeoutSeconds);
        return degraded === undefined || health.status !== "healthy"
          ? health
          : { ...health, status: "degraded", reason: degraded };
      },
    ]),
  );
}

/** Throws where one of the names means nothing. */
function chosen(checks: Record<string, Check>, names: string[] | undefined): Record<string, Check> {
  if (!names) return checks;
  const known = Object.keys(checks);
  const wanted = names.flatMap((name) => {
    const found = meant(name, known);
    if (found.length === 0) throw new ContractError(unknownName("service", name, known, prefixes(known)), USAGE);
    return found;
  });
  return Object.fromEntries(Object.entries(checks).filter(([name]) => wanted.includes(name)));
}

/** Services of that name or of that project; where there are none, containers of that name in any project. */
function meant(name: string, known: string[]): string[] {
  const wanted = name === "gateway" ? "nginx" : name;
  const found = known.filter((service) => service === wanted || service.startsWith(`${wanted}/`));
  return found.length > 0 ? found : known.filter((service) => service.endsWith(`/${wanted}`));
}

/** Names of projects. */
function prefixes(known: string[]): string[] {
  return known.filter((service) => service.includes("/")).map((service) => service.split("/", 1)[0] as string);
}

/** Waits for a check no longer than `timeoutSeconds`; what it throws is why the service is not healthy. */
async function healthOf(check: Check, timeoutSeconds: number): Promise<ServiceHealth> {
  try {
    return await inTime(check(), timeoutSeconds, () => noAnswer(timeoutSeconds));
  } catch (error) {
    if (error instanceof NoAnswerError) return noAnswer(timeoutSeconds);
    const { message, statusCode } = error as Error & { statusCode?: number };
    return unhealthy(statusCode === 404 ? "its container is not there" : message);
  }
}
