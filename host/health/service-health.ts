export type HealthStatus = "healthy" | "degraded" | "unhealthy";

/** A service as it was found (SC-10). */
export interface ServiceHealth {
  status: HealthStatus;
  /** `null` where a time means nothing, and where there was no answer. */
  response_time_ms: number | null;
  /** Why it is not healthy. */
  reason?: string;
  /** There was no answer in time. */
  timed_out?: true;
}

/** The worst of them. */
export function overall(services: Record<string, ServiceHealth>): HealthStatus {
  const found = new Set(Object.values(services).map(({ status }) => status));
  if (found.has("unhealthy")) return "unhealthy";
  return found.has("degraded") ? "degraded" : "healthy";
}

/** Healthy, or degraded for taking longer than its limit. */
export function judged(milliseconds: number, limitMs: number): ServiceHealth {
  const rounded = Math.round(milliseconds);
  if (milliseconds <= limitMs) return { status: "healthy", response_time_ms: rounded };
  return { status: "degraded", response_time_ms: rounded, reason: `slower than ${limitMs} ms` };
}

export function unhealthy(reason: string, milliseconds?: number): ServiceHealth {
  return {
    status: "unhealthy",
    response_time_ms: milliseconds === undefined ? null : Math.round(milliseconds),
    reason,
  };
}

export function noAnswer(seconds: number): ServiceHealth {
  return { ...unhealthy(`no answer within ${seconds} s`), timed_out: true };
}
