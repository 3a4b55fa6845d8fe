import { parseArgs } from "node:util";

export interface Options {
  /** Absent: the benchmarks are listed. */
  name?: string;
  json: boolean;
  /** At least 1. Default 5. */
  runs: number;
  help: boolean;
}

export const USAGE = `Examples:
  slipway bench                  lists them
  slipway bench deploy
  slipway bench launch --json --runs 3

usage: slipway bench [NAME] [--json] [--runs N]

Measures, and exits 1 when a limit is broken. Without a name: lists the benchmarks.

  --json    an array of { measure, value, unit, reference, limit, ok }
  --runs N  how often; each number is the median (default: 5)

Exit codes: 0 every limit is kept; 1 one is broken.
`;

const DEFAULT_RUNS = 5;

/** Throws an `Error` that says what is wrong with the arguments. `names` are the benchmarks that there are. */
export function parseOptions(args: string[], names: string[]): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: "boolean" }, runs: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  const [name, ...more] = positionals;
  if (more.length > 0) throw new Error(`one benchmark at a time; found ${positionals.join(" ")}`);
  if (name !== undefined && !names.includes(name)) {
    throw new Error(`there is no benchmark "${name}"; there are: ${names.join(", ")}`);
  }
  const runs = values.runs === undefined ? DEFAULT_RUNS : Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs ${values.runs}: a whole number above 0 is needed`);
  return { ...(name !== undefined && { name }), runs, json: values.json ?? false, help: values.help ?? false };
}
