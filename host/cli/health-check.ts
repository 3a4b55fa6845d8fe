import { columns } from "../columns";
import { bytesText } from "../disk-space";
import { durationText } from "../duration-text";
import { type AgeLimits, hoursOf } from "../health/backups";
import { checkServices, type HealthReport, timeoutOfEnvironment } from "../health/check-services";
import { type KeptData, keptData } from "../health/kept-data";
import type { ServiceHealth } from "../health/service-health";
import { recordHealth } from "../metrics";
import { type Call, type CliCommand, UsageError } from "./command";
import { nagiosAnswer } from "./nagios";

const HEALTHY = 0;
const NOT_HEALTHY = 1;
const TIMED_OUT = 2;

const USAGE = `Examples:
  health-check.sh                    every service of this host
  health-check.sh shop               the containers of one project
  health-check.sh shop/web --json    one container, for a program
  health-check.sh --nagios           for a monitoring system
  health-check.sh postgres

usage: health-check.sh [SERVICE] [--json|--nagios] [--backup-age HOURS] [--restore-age HOURS] [--stack STACK]

Asks each service once. SERVICE is nginx, postgres, registry, disk, backups, backup-timer, a project, PROJECT/CONTAINER.

  --backup-age HOURS, --restore-age HOURS
                   degraded where a project's last verified backup, or its last restore test, is older; 0: no limit
                   (36 and 192 where backups are scheduled, else 0)
  --json           print a JSON object and nothing else on stdout
  --nagios         print one line, and exit 0, 1, 2 or 3, as a plugin of Nagios: OK, WARNING (a service is degraded),
                   CRITICAL (one is unhealthy), UNKNOWN (nothing could be asked)
  --stack STACK    refuse when this host runs another stack

exit codes: 0 healthy; 1 a service is unhealthy or degraded; 2 a service did not answer in time
environment: HEALTH_CHECK_TIMEOUT, seconds for one answer (10)
`;

/** SC-10 */
export const healthCheck: CliCommand = {
  usage: USAGE,
  options: { nagios: { type: "boolean" }, "backup-age": { type: "string" }, "restore-age": { type: "string" } },
  mostArguments: 1,
  async run({ layout, log, given, options, json, print, now }: Call): Promise<number> {
    if (options.nagios && json) throw new UsageError("--json and --nagios exclude each other");
    const backupLimits = limitsOf(options);
    const services = given[0] === undefined ? {} : { services: given };
    const [report, kept] = await Promise.all([
      checkServices(layout, { ...services, ...(backupLimits && { backupLimits }), now }),
      given[0] === undefined && !options.nagios ? keptData(layout, now, timeoutOfEnvironment()) : undefined,
    ]);
    await recordHealth(layout, samples(report), given[0] === undefined, now);
    if (options.nagios) {
      const { text, exitCode } = nagiosAnswer(report);
      print(text);
      return exitCode;
    }
    print(json ? `${JSON.stringify({ ...report, ...kept }, null, 2)}\n` : reportText(report, kept));
    const failure = failureText(report);
    if (failure === undefined) log.success(`Health check passed: ${Object.keys(report.services).length} healthy`);
    else log.error(failure);
    return exitCodeOf(report);
  },
};

/** `undefined` where none is given. */
function limitsOf(options: Call["options"]): Partial<AgeLimits> | undefined {
  const { "backup-age": verified, "restore-age": restored } = options as Record<string, string | undefined>;
  if (verified === undefined && restored === undefined) return undefined;
  return {
    ...(verified !== undefined && { verifiedHours: hoursOf("backup-age", verified) }),
    ...(restored !== undefined && { restoredHours: hoursOf("restore-age", restored) }),
  };
}

/** `undefined` where all are healthy. */
export function failureText({ services }: HealthReport): string | undefined {
  const all = Object.values(services);
  const count = (status: string) => all.filter((service) => service.status === status).length;
  const unhealthy = count("unhealthy");
  const degraded = count("degraded");
  if (unhealthy + degraded === 0) return undefined;
  return `Health check failed: ${unhealthy} unhealthy, ${degraded} degraded`;
}

/** A service that certainly fails says more than one that did not answer. */
export function exitCodeOf({ services }: HealthReport): number {
  const ill = Object.values(services).filter(({ status }) => status !== "healthy");
  if (ill.length === 0) return HEALTHY;
  return ill.every(({ timed_out }) => timed_out) ? TIMED_OUT : NOT_HEALTHY;
}

export function reportText({ services }: HealthReport, kept: KeptData | undefined): string {
  const time = ({ response_time_ms: ms }: ServiceHealth) => (ms === null ? "-" : `${ms} ms`);
  const rows = Object.entries(services).map(([name, service]) => [
    name,
    service.status,
    time(service),
    service.reason ?? "",
  ]);
  return columns(["SERVICE", "STATUS", "TIME", ""], rows) + (kept ? keptText(kept) : "");
}

function keptText({ backups, disk, database }: KeptData): string {
  const age = (backup: { age_seconds: number } | null) =>
    backup ? `${durationText(backup.age_seconds)} ago` : "never";
  const rows = Object.entries(backups).map(([project, { last_verified, last_restored, error }]) =>
    error === undefined ? [project, age(last_verified), age(last_restored)] : [project, error],
  );
  const free = (space: { free_bytes: number; total_bytes: number }) =>
    `${bytesText(space.free_bytes)} of ${bytesText(space.total_bytes)}`;
  const spaces = [
    ...(disk ? [`${free(disk)} for backups`] : []),
    ...(database ? [`${free(database)} for databases`] : []),
  ];
  const unused = database?.unused.map(({ name, bytes }) => `${name} (${bytesText(bytes)})`) ?? [];
  return [
    "\n",
    columns(["PROJECT", "BACKUP VERIFIED", "BACKUP RESTORED"], rows),
    ...(spaces.length > 0 ? [`\nfree: ${spaces.join(", ")}\n`] : []),
    ...(unused.length > 0 ? [`databases that no deployed project uses: ${unused.join(", ")}\n`] : []),
  ].join("");
}

function samples({ services }: HealthReport) {
  return Object.entries(services).map(([service, { status, response_time_ms }]) => ({
    service,
    isUp: status !== "unhealthy",
    isDegraded: status === "degraded",
    ...(response_time_ms !== null && { seconds: response_time_ms / 1000 }),
  }));
}
