import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { isStillRunning, ownLife, type ProcessLife } from "../engine/state/process-life";
import { readIfThere } from "./atomic-file";
import type { AuditEvent } from "./audit";
import { whoami } from "./intent";
import type { Layout } from "./layout";
import { type Level, type Log, runsFile } from "./log";
import { putAside } from "./rotated-file";
import { runId } from "./run-id";

/** A line of `runs.jsonl`. Which fields it has says what it tells: that a run began, that it ended, or what it logged. */
interface RunRecord extends Partial<ProcessLife> {
  run: string;
  /** RFC 3339. */
  at: string;
  /** As it was typed, after `slipway`. */
  command?: string;
  by?: string;
  /** Of the process, where the run began, with what tells it from a later one. */
  pid?: number;
  exitCode?: number;
  level?: Level;
  message?: string;
}

/** What is written down of all runs, in the order of the files. */
export interface RunRecords {
  records: RunRecord[];
  events: (AuditEvent & { at: string; run: string })[];
  /** Ids of runs whose process is gone, and told nobody how they ended. */
  killed: string[];
}

/** A run that was begun. */
export interface BegunRun {
  /** Writes down how it ended. */
  end(exitCode: number): void;
}

/** Says which run it is, and remembers what it was told. It ends at the latest with this process, if that can still tell. */
export function beginRun({ log: file }: Pick<Layout, "log">, log: Log, command: string[]): BegunRun {
  const run = runId();
  log.info(`Run ${run} (runs show ${run})`);
  append(file, { run, at: now(), command: command.join(" "), by: whoami(), pid: process.pid, ...ownLife() });
  const end = (exitCode: number) => {
    process.off("exit", end);
    append(file, { run, at: now(), exitCode });
  };
  process.once("exit", end);
  return { end };
}

export async function runRecords(place: Pick<Layout, "log" | "audit">): Promise<RunRecords> {
  const read = await readRecords(place);
  if (gone(read.records).length === 0) return { ...read, killed: [] };
  const again = await readRecords(place); // It may have ended in the meantime, and told so.
  return { ...again, killed: gone(again.records) };
}

async function readRecords({ log, audit }: Pick<Layout, "log" | "audit">): Promise<Omit<RunRecords, "killed">> {
  const runs = runsFile(log);
  const [records, events] = await Promise.all([
    Promise.all([...putAside(runs), runs].map((file) => readLines<RunRecord>(file))),
    readLines(audit),
  ]);
  return { records: records.flat(), events: events as RunRecords["events"] };
}

/** Runs that began here and did not say how they ended, and whose process is not there any more. */
function gone(records: RunRecord[]): string[] {
  const ended = new Set(records.flatMap(({ run, exitCode }) => (exitCode === undefined ? [] : [run])));
  return records.flatMap(({ run, pid, at, ...life }) =>
    pid === undefined || ended.has(run) || isStillRunning({ ...life, pid, seen: Date.parse(at) }) ? [] : [run],
  );
}

/** A full disk must not keep a command from its work; the log tells of it. */
function append(file: string, record: RunRecord): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(runsFile(file), `${JSON.stringify(record)}\n`);
  } catch {
    // Said by the log, whose file is in the same folder.
  }
}

/** A line that was cut, as by a full disk, is left out. */
async function readLines<T>(file: string): Promise<T[]> {
  const text = (await readIfThere(file)) ?? "";
  return text.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as T];
    } catch {
      return [];
    }
  });
}

function now(): string {
  return new Date().toISOString();
}
