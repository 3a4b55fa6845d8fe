import type { Json, JsonObject } from "./difference";

/** One line of an event log, with what is compared of it. */
export interface ComparableEvent extends JsonObject {
  event: string;
}

/** The blocks at the end of an operation's output. */
export interface Summary extends JsonObject {
  /** Lines by their heading, `pulumi:pulumi:Stack (prj-dev):`. */
  diagnostics: { [heading: string]: string[] };
  outputs: string[];
  resources: string[];
  /** `exit 137` and the like, as the shell lines of a step print them. */
  exits: string[];
}

/** What a step did, of the real engine (as stored) or of this one. */
export interface Outcome {
  exitCode: Json;
  /** Standard output in full, for commands that are no operation. */
  stdout?: Json;
  summary?: Summary;
  /** Whether anything was said on standard error. */
  complained: boolean;
  events?: ComparableEvent[];
  /** `stack export` after the step. */
  state?: Json;
  /** Further files and outputs, by name. */
  files: { [name: string]: Json };
}

/** Standard output and error of one command. */
export interface CommandResult {
  exitCode: Json;
  stdout: string;
  stderr: string;
}

const operations = new Set(["up", "preview", "destroy", "refresh"]);

/** Whether a step's output is progress and summary blocks; otherwise it is an answer, compared in full. */
function isOperation(step: { argv?: readonly string[]; sh?: string }): boolean {
  if (step.sh !== undefined) return /pulumi (up|preview|destroy|refresh)\b/.test(step.sh);
  return operations.has(step.argv?.[1] ?? "") && !step.argv?.includes("--json");
}

/** Whether a step's output is its event log. */
function isEventStream(step: { argv?: readonly string[] }): boolean {
  const [, command = ""] = step.argv ?? [];
  return operations.has(command) && command !== "preview" && step.argv?.includes("--json") === true;
}

/** What is compared of a step's standard output. */
export function comparableOutput(step: { argv?: readonly string[]; sh?: string }, stdout: string): Partial<Outcome> {
  if (isOperation(step)) return { summary: summaryOf(stdout) };
  return isEventStream(step) ? { events: comparableEvents(stdout) } : { stdout: parsed(stdout) };
}

/** Which engine runs, and where more is to be read, are this project's own lines and in no record. */
export function withoutOwnLines(text: string): string {
  return text.replace(/^(?:Engine: |see: docs\/).*\n/gm, "");
}

/** JSON where the text is JSON; the text otherwise. */
export function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** Colours, in ANSI and in Pulumi's own marks. */
function withoutColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ANSI colours begin with the escape character
  return text.replace(/\u001b\[[\d;]*m|<\{%[^%]*%\}>/g, "");
}

/**
 * A message without the stack frames of Node, whose positions differ from one build of the program to the next. What a
 * command printed comes from two pipes, whose lines mix in any order: after the first line they are sorted.
 */
function messageLines(text: string): string[] {
  const [first, ...rest] = withoutStackFrames(text);
  return first === undefined ? [] : [first, ...rest.sort()];
}

/** What to do about operations of a run that was killed: each engine says it in its own words. */
const advice =
  /^\s*(?:These resources are in an unknown state|Once you have confirmed the status|Note that `pulumi refresh`|It is not known whether these operations)/;

function withoutStackFrames(text: string): string[] {
  const lines = withoutColours(text).split("\n");
  return lines
    .filter((line) => !/^\s+at /.test(line) && !advice.test(line))
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function summaryOf(stdout: string): Summary {
  const summary: Summary = { diagnostics: {}, outputs: [], resources: [], exits: [] };
  let block = "";
  let heading = "";
  for (const line of withoutColours(stdout).split("\n")) {
    const begins = /^(Diagnostics|Outputs|Resources):$/.exec(line)?.[1];
    if (begins) block = begins;
    else if (/^(?:\w+ )?exit \d+$/.test(line)) summary.exits.push(line);
    else if (/^\S/.test(line)) block = "";
    else if (line.trim() === "") continue;
    else if (block === "Outputs") summary.outputs.push(line);
    else if (block === "Resources") summary.resources.push(line.trim());
    else if (block === "Diagnostics" && /^ {2}\S/.test(line)) heading = line.trim();
    else if (block === "Diagnostics") {
      summary.diagnostics[heading] = [...(summary.diagnostics[heading] ?? []), ...withoutStackFrames(line)];
    }
  }
  return summary;
}

interface LoggedMetadata {
  op: string;
  urn: string;
  diffs?: string[] | null;
  keys?: string[] | null;
  detailedDiff?: Json;
}

/** Files that the programs of the records add lines to while they run; what each step adds is compared. */
export function grows(name: string): boolean {
  return name === "order.log" || name === "calls.log";
}

/** What was added to a file that only grows. */
export function added(text: Json, before: Json | undefined): Json {
  return typeof text === "string" && typeof before === "string" && text.startsWith(before)
    ? text.slice(before.length)
    : text;
}

/** What is compared of an event log: operations with what changed, failures, messages that stay, and the summary. */
export function comparableEvents(log: string): ComparableEvent[] {
  return log
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => comparableEvent(JSON.parse(line) as { [payload: string]: never }));
}

function comparableEvent(line: { [payload: string]: JsonObject | undefined }): ComparableEvent[] {
  for (const event of ["resourcePreEvent", "resOutputsEvent", "resOpFailedEvent"]) {
    const payload = line[event];
    if (!payload) continue;
    const { op, urn, diffs, keys, detailedDiff } = payload.metadata as unknown as LoggedMetadata;
    return [
      {
        event,
        op,
        urn,
        ...(diffs?.length ? { diffs: [...diffs].sort() } : {}),
        ...(keys?.length ? { keys: [...keys].sort() } : {}),
        ...(detailedDiff ? { detailedDiff } : {}),
        ...(payload.planning ? { planning: true } : {}),
        ...(event === "resOpFailedEvent" ? { status: payload.status ?? null } : {}),
      },
    ];
  }
  const { diagnosticEvent, summaryEvent, preludeEvent, cancelEvent } = line;
  if (diagnosticEvent && !diagnosticEvent.ephemeral && diagnosticEvent.severity !== "debug") {
    const { urn = "", severity = "", message } = diagnosticEvent;
    return [{ event: "diagnosticEvent", urn, severity, message: messageLines(String(message)) }];
  }
  if (summaryEvent) {
    const { durationSeconds: _, PolicyPacks: __, ...rest } = summaryEvent;
    return [{ event: "summaryEvent", ...rest }];
  }
  if (preludeEvent) return [{ event: "preludeEvent", config: preludeEvent.config ?? {} }];
  return cancelEvent ? [{ event: "cancelEvent" }] : [];
}
