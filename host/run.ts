import type { AuditEvent } from "./audit";
import type { Level } from "./log";
import type { RunRecords } from "./run-records";

/** `killed`: its process is gone, and did not say how it ended. `unfinished`: nobody knows which process it was. */
export type RunOutcome = "succeeded" | "failed" | "running" | "killed" | "unfinished";

/** All that is known of one run. */
export interface Run {
  run: string;
  /** As it was typed; `null` where the engine began it: an `up` or the like. */
  command: string | null;
  by: string | null;
  began: string;
  /** The last thing that is known of it. */
  last: string;
  outcome: RunOutcome;
  exit_code: number | null;
  /** Of the process that runs, or ran; `null` where it is not known. */
  pid: number | null;
  projects: string[];
  /** Deploys, rollbacks, backups, restores and proofs that were a part of it. */
  steps: ({ at: string } & AuditEvent)[];
  lines: { at: string; level: Level; message: string }[];
}

/** The runs that changed something, or tried to, newest first. Questions such as a health check are left out. */
export function operations(records: RunRecords): Run[] {
  return runs(records).filter(({ command, steps }) => command !== null || steps.length > 0);
}

/** All that left a trace, newest first. */
export function runs({ records, events, killed }: RunRecords): Run[] {
  const ids = new Set([...records, ...events].map(({ run }) => run));
  const recordsOf = grouped(records);
  const eventsOf = grouped(events);
  return [...ids]
    .map((id) => runOf(id, recordsOf.get(id) ?? [], eventsOf.get(id) ?? [], killed.includes(id)))
    .sort((a, b) => (a.began < b.began ? 1 : -1));
}

function runOf(run: string, records: RunRecords["records"], events: RunRecords["events"], isKilled: boolean): Run {
  const times = [...records, ...events].map(({ at }) => at).sort();
  const begin = records.find(({ command }) => command !== undefined);
  const exitCode = records.findLast(({ exitCode }) => exitCode !== undefined)?.exitCode ?? null;
  const steps = events.map(({ run: _, ...event }) => event);
  return {
    run,
    command: begin?.command ?? null,
    by: begin?.by ?? steps[0]?.by ?? null,
    began: times[0] ?? "",
    last: times.at(-1) ?? "",
    outcome: outcomeOf(begin, isKilled, exitCode, steps),
    exit_code: exitCode,
    pid: begin?.pid ?? null,
    projects: [...new Set(steps.map(({ project }) => project))],
    steps,
    lines: records.flatMap(({ at, level, message }) =>
      level && message !== undefined ? [{ at, level, message }] : [],
    ),
  };
}

/** Nobody tells of an `up` how it ended: what it did on the host does. */
function outcomeOf(
  begin: RunRecords["records"][number] | undefined,
  isKilled: boolean,
  exitCode: number | null,
  steps: Pick<AuditEvent, "result">[],
): RunOutcome {
  if (exitCode !== null) return exitCode === 0 ? "succeeded" : "failed";
  if (!begin) return steps.some(({ result }) => result === "failure") ? "failed" : "succeeded";
  if (isKilled) return "killed";
  return begin.pid === undefined ? "unfinished" : "running";
}

function grouped<T extends { run: string }>(all: T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(one.run);
    if (group) group.push(one);
    else groups.set(one.run, [one]);
  }
  return groups;
}
