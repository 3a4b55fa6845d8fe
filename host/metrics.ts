import { readIfThere, writeAtomic } from "./atomic-file";
import type { AuditEvent } from "./audit";
import type { Layout } from "./layout";
import { withLock } from "./lock";
import {
  type Family,
  readSeries,
  type Sample,
  type SeriesValues,
  seriesKey,
  seriesOfFamily,
  seriesText,
} from "./metrics-text";

/** Longest wait for another process that counts, in seconds. */
const LOCK_WAIT_SECONDS = 5;

const OPERATIONS: Record<AuditEvent["operation"], { plural: string; what: string }> = {
  deploy: { plural: "deploys", what: "Deploys" },
  rollback: { plural: "rollbacks", what: "Rollbacks" },
  backup: { plural: "backups", what: "Backups" },
  restore: { plural: "restores", what: "Restores" },
  proof: { plural: "proofs", what: "Proofs of backups" },
};

const RELOADS = "slipway_gateway_reloads_total";
const SERVICE_HEALTHY = "slipway_service_healthy";
const SERVICE_DEGRADED = "slipway_service_degraded";
const SERVICE_RESPONSE = "slipway_service_response_seconds";
const HEALTH_CHECKED = "slipway_health_check_timestamp_seconds";

/** What is exported, in the order of the file (MT-21). */
export const FAMILIES: Family[] = [
  ...Object.entries(OPERATIONS).flatMap(([operation, { plural, what }]): Family[] => [
    { name: `slipway_${plural}_total`, type: "counter", help: `${what} that ended, by result.` },
    { name: durationOf(operation), type: "summary", help: `Time that ${what.toLowerCase()} took.` },
    { name: lastDurationOf(operation), type: "gauge", help: `Time that the last of the ${plural} took.` },
    { name: lastSuccessOf(operation), type: "gauge", help: `When the last of the ${plural} succeeded, in Unix time.` },
  ]),
  { name: RELOADS, type: "counter", help: "Changes of the gateway's configuration, by result." },
  { name: SERVICE_HEALTHY, type: "gauge", help: "1 where the last health check found a service healthy or degraded." },
  { name: SERVICE_DEGRADED, type: "gauge", help: "1 where the last health check found a service degraded." },
  { name: SERVICE_RESPONSE, type: "gauge", help: "Time that a service took to answer the last health check." },
  { name: HEALTH_CHECKED, type: "gauge", help: "When the last health check ended, in Unix time." },
];

/** One service as a health check found it. */
export interface ServiceSample {
  service: string;
  isUp: boolean;
  isDegraded: boolean;
  /** Left out where the time means nothing. */
  seconds?: number;
}

export function countEvent(layout: Layout, event: AuditEvent, now: Date): Promise<void> {
  const { operation, project, result, seconds } = event;
  return update(layout, (values) => {
    const add = (sample: Sample) => values.set(seriesKey(sample), (values.get(seriesKey(sample)) ?? 0) + sample.value);
    const set = (sample: Sample) => values.set(seriesKey(sample), sample.value);
    add({ name: `slipway_${OPERATIONS[operation].plural}_total`, labels: { project, result }, value: 1 });
    add({ name: `${durationOf(operation)}_sum`, labels: { project }, value: seconds });
    add({ name: `${durationOf(operation)}_count`, labels: { project }, value: 1 });
    set({ name: lastDurationOf(operation), labels: { project }, value: seconds });
    if (result === "success") {
      set({ name: lastSuccessOf(operation), labels: { project }, value: Math.floor(now.getTime() / 1000) });
    }
  });
}

/** The gateway took a new configuration, or nginx refused it. */
export function recordReload(layout: Layout, ok: boolean): Promise<void> {
  const key = seriesKey({ name: RELOADS, labels: { result: ok ? "success" : "failure" } });
  return update(layout, (values) => void values.set(key, (values.get(key) ?? 0) + 1));
}

/** `isComplete`: all services were checked, so that one which is not among them is gone. */
export function recordHealth(
  layout: Layout,
  services: ServiceSample[],
  isComplete: boolean,
  now = new Date(),
): Promise<void> {
  return update(layout, (values) => {
    if (isComplete) {
      for (const name of [SERVICE_HEALTHY, SERVICE_DEGRADED, SERVICE_RESPONSE]) {
        for (const key of seriesOfFamily(values, name)) values.delete(key);
      }
    }
    for (const { service, isUp, isDegraded, seconds } of services) {
      values.set(seriesKey({ name: SERVICE_HEALTHY, labels: { service } }), isUp ? 1 : 0);
      values.set(seriesKey({ name: SERVICE_DEGRADED, labels: { service } }), isDegraded ? 1 : 0);
      const response = seriesKey({ name: SERVICE_RESPONSE, labels: { service } });
      if (seconds === undefined) values.delete(response);
      else values.set(response, seconds);
    }
    if (isComplete) values.set(HEALTH_CHECKED, Math.floor(now.getTime() / 1000));
  });
}

/** Of projects that are removed: what is measured of them never changes again, so an alert on it would never end. */
export async function forgetProjects(layout: Layout, projects: string[]): Promise<void> {
  if (projects.length === 0) return;
  const labels = projects.flatMap((name) => [`{project="${name}"`, `{service="${name}/`]);
  await update(layout, (values) => {
    const gone = [...values.keys()].filter((key) => labels.some((label) => key.includes(label)));
    for (const key of gone) values.delete(key);
  });
}

/**
 * The file is its own memory: what it says is read, changed and written back. Counts are not worth an operation that
 * went well, so one that cannot be kept (a full disk) is lost.
 */
async function update(layout: Layout, change: (values: SeriesValues) => void): Promise<void> {
  try {
    await withLock(layout.metrics, "count", LOCK_WAIT_SECONDS, async () => {
      const values = readSeries((await readIfThere(layout.metrics)) ?? "");
      change(values);
      await writeAtomic(layout.metrics, seriesText(FAMILIES, values), { mode: 0o644 });
    });
  } catch (error) {
    process.emitWarning(`${layout.metrics} could not be written: ${(error as Error).message}`);
  }
}

function durationOf(operation: string): string {
  return `slipway_${operation}_duration_seconds`;
}

function lastDurationOf(operation: string): string {
  return `slipway_${operation}_last_duration_seconds`;
}

function lastSuccessOf(operation: string): string {
  return `slipway_${operation}_last_success_timestamp_seconds`;
}
