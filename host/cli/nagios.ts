import type { HealthReport } from "../health/check-services";

/** Exit codes of the convention for plugins of Nagios (Icinga, Checkmk and others have the same). */
const STATES = { OK: 0, WARNING: 1, CRITICAL: 2, UNKNOWN: 3 } as const;

interface Answer {
  /** One line: a state, what is wrong, and measures behind a `|`. */
  text: string;
  exitCode: number;
}

/** A service that is unhealthy is critical, a degraded one a warning. */
export function nagiosAnswer({ services }: HealthReport): Answer {
  const entries = Object.entries(services);
  const unhealthy = entries.filter(([, { status }]) => status === "unhealthy");
  const degraded = entries.filter(([, { status }]) => status === "degraded");
  const state = unhealthy.length > 0 ? "CRITICAL" : degraded.length > 0 ? "WARNING" : "OK";
  const ill = [...unhealthy, ...degraded].map(
    ([name, { status, reason }]) => `${name} is ${status} (${reason?.split("\n")[0]})`,
  );
  const what = ill.length > 0 ? ill.join(", ") : `${entries.length} healthy`;
  const measures = [
    `healthy=${entries.length - ill.length};;;0;${entries.length}`,
    `degraded=${degraded.length};0;;0;${entries.length}`,
    `unhealthy=${unhealthy.length};;0;0;${entries.length}`,
    ...entries.flatMap(([name, { response_time_ms: ms }]) => (ms === null ? [] : [`'${name}'=${ms}ms;;;0`])),
  ];
  return { text: `${line(state, what)} | ${measures.join(" ")}\n`, exitCode: STATES[state] };
}

/** Nothing could be asked. */
export function nagiosUnknown(message: string): Answer {
  return { text: `${line("UNKNOWN", message)}\n`, exitCode: STATES.UNKNOWN };
}

/** A `|` would begin the measures, and a second line is another message. */
function line(state: keyof typeof STATES, text: string): string {
  return `SLIPWAY ${state} - ${text.trim().split("\n")[0]?.replaceAll("|", "/")}`;
}
