import { nearest } from "../../config/nearest";
import { columns } from "../columns";
import { ContractError } from "../contract-error";
import { ago } from "../duration-text";
import { timestamp } from "../log";
import { operations, type Run, runs as runsOf } from "../run";
import { type RunRecords, runRecords } from "../run-records";
import type { Call, CliCommand } from "./command";

export const RUNS_USAGE = `Examples:
  slipway runs                                   the last 20, newest first
  slipway runs show                              all that the newest one did
  slipway runs show 20261125-003521-9f3a1c
  slipway runs --limit 5 --json | jq '.runs[].outcome'

usage: slipway runs [--limit N] [--json] [--stack STACK]
       slipway runs show [ID] [--json] [--stack STACK]

Lists what changed something, or tried to: deploys, rollbacks, backups, restores. With an id it shows what one of them
was told, what it did, how it ended and what it logged.

  --limit N        how many are listed (default 20)
  --json           print JSON and nothing else on stdout
  --stack STACK    the stack (on a host: refuse when it runs another one)

exit codes: 0 shown; 1 there is no such run
`;

const UNKNOWN = 1;
const LIMIT = 20;
/** Ids that an error names. */
const NAMED = 5;

export const RUNS_OPTIONS = { limit: { type: "string" } } as const;

export const runs: CliCommand = {
  usage: RUNS_USAGE,
  options: RUNS_OPTIONS,
  mostArguments: 2,
  async run({ layout, given, options, json, print, now }: Call): Promise<number> {
    const limit = options.limit as string | undefined;
    print(runsOutput(await runRecords(layout), { given, json, now, ...(limit !== undefined && { limit }) }));
    return 0;
  },
};

export interface RunsQuestion {
  /** What was typed that is no option. */
  given: string[];
  limit?: string;
  json: boolean;
  now: Date;
}

/** The answer to `runs` or `runs show`. Throws `ContractError`. */
export function runsOutput(records: RunRecords, { given, limit, json, now }: RunsQuestion): string {
  const [verb, id] = given;
  if (verb === "show") {
    const run = chosen(records, id);
    return json ? document(run) : runText(run, now);
  }
  if (verb !== undefined) throw new ContractError(`${verb} after runs; there is: show`, UNKNOWN);
  const listed = operations(records).slice(0, count(limit));
  if (!json) return listed.length > 0 ? listText(listed, now) : "nothing was run yet\n";
  return document({ runs: listed.map(({ steps: _, lines: __, ...run }) => run) });
}

function chosen(records: RunRecords, id: string | undefined): Run {
  const known = operations(records);
  const found = id === undefined ? known[0] : runsOf(records).find(({ run }) => run === id);
  if (found) return found;
  if (known.length === 0) throw new ContractError("nothing was run yet", UNKNOWN);
  const ids = known.map(({ run }) => run);
  const guess = nearest(id ?? "", ids);
  throw new ContractError(
    `there is no run "${id}";${guess === undefined ? "" : ` did you mean "${guess}"?`} the latest: ${ids.slice(0, NAMED).join(", ")}`,
    UNKNOWN,
  );
}

function count(limit: string | undefined): number {
  if (limit === undefined) return LIMIT;
  if (/^[1-9]\d{0,5}$/.test(limit)) return Number(limit);
  throw new ContractError(`--limit ${limit}: a whole number above 0`, UNKNOWN);
}

function document(value: object): string {
  return `${JSON.stringify({ schemaVersion: 1, ...value }, null, 2)}\n`;
}

function listText(listed: Run[], now: Date): string {
  const rows = listed.map(({ run, command, outcome, projects, began }) => [
    run,
    ago(began, now),
    outcome,
    command ?? BY_ENGINE,
    projects.join(", "),
  ]);
  return columns(["RUN", "BEGAN", "OUTCOME", "COMMAND", "PROJECTS"], rows);
}

/** What begins on the host alone, without a word of who told it. */
const BY_ENGINE = "up";

function runText({ run, command, by, began, last, outcome, exit_code, pid, steps, lines }: Run, now: Date): string {
  const seconds = (Date.parse(last) - Date.parse(began)) / 1000;
  const ending = {
    succeeded: `succeeded after ${seconds.toFixed(1)} s`,
    failed: `failed after ${seconds.toFixed(1)} s${exit_code === null ? "" : `, exit code ${exit_code}`}`,
    running: `running: process ${pid}`,
    killed: `killed: its process ${pid} is gone; last heard of after ${seconds.toFixed(1)} s`,
    unfinished: "unfinished: it still runs, or was killed",
  }[outcome];
  const facts: [string, string | null][] = [
    ["command", command ?? BY_ENGINE],
    ["by", by],
    ["began", `${timestamp(new Date(began))} UTC, ${ago(began, now)}`],
    ["outcome", ending],
  ];
  const rows = steps.map(({ operation, project, from, to, result, seconds: took, reason }) => [
    operation,
    project,
    from ?? "",
    to ?? "",
    result,
    `${took.toFixed(1)} s`,
    reason?.split("\n")[0] ?? "",
  ]);
  return [
    `Run ${run}\n`,
    ...facts.flatMap(([label, text]) => (text === null ? [] : [`  ${label.padEnd(9)}${text}\n`])),
    ...(rows.length > 0 ? ["\n", columns(["STEP", "PROJECT", "FROM", "TO", "RESULT", "TIME", ""], rows)] : []),
    ...(lines.length > 0 ? ["\n"] : []),
    ...lines.map(({ at, level, message }) => `[${timestamp(new Date(at))}] ${level}: ${message}\n`),
  ].join("");
}
