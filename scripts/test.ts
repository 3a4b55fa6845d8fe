import { spawn } from "node:child_process";
import { docker } from "../host/docker";
import { removeLeftovers } from "../test/support/leftovers";
import { checkout } from "./checkout";
import { parsed, UsageError, withUsage } from "./deploy/deploy-options";
import { ensureLocal } from "./setup";
import { type Counts, countsText, FAILED, PASSED, sum } from "./test/counts";
import { failedList } from "./test/failed-list";
import { faultFiles } from "./test/fault-files";
import { faultTable } from "./test/fault-table";
import { runMocha } from "./test/run-mocha";
import { testFiles } from "./test/test-files";

const USAGE = `Examples:
  slipway test                      every check and every test
  slipway test backup restore       the test files whose path has one of these words
  slipway test faults               the faults with the limits of production: about an hour
  slipway test --json | jq .failed

usage: slipway test [NAME...] [--json]
       slipway test faults [--json]

Runs every check and test: format and lint, types, the fast tests, then the tests on a real Docker engine, file by
file. With names only the test files whose path contains one of them. What failed is listed again at the end; the last
line has the counts.

"faults" runs the files that have a test of a fault, with the limits of production instead of short ones, and prints a
table: what happened in each.

  --json  print the counts as JSON and nothing else on stdout; what the tests print goes to stderr

Exit codes: 0 all passed; 1 one did not.
`;

const OPTIONS = { json: { type: "boolean" } } as const;

/** A part of a run: a tool, the fast tests, or a file of the others. */
interface Part extends Counts {
  name: string;
  seconds: number;
}

/** Where everything but the counts goes. */
type Output = "inherit" | "stderr";

export function run(args: string[]): Promise<number> {
  return withUsage(args, USAGE, async () => {
    const { values, positionals: names } = parsed(args, OPTIONS, Number.POSITIVE_INFINITY);
    const root = checkout();
    const output = values.json ? "stderr" : "inherit";
    const parts =
      names.length === 1 && names[0] === "faults" ? await runFaults(root, output) : await runAll(root, names, output);
    const total = sum(parts);
    streamOf(output).write(failedList(parts));
    process.stdout.write(values.json ? countsJson(parts) : `${countsText(total)}\n`);
    return total.failed === 0 ? 0 : 1;
  });
}

async function runAll(root: string, names: string[], output: Output): Promise<Part[]> {
  const files = testFiles(root, names);
  if (files.fast.length + files.behaviour.length === 0)
    throw new UsageError(`no test file is called ${names.join(" or ")}`);
  const parts: Part[] = [];
  const add = async (name: string, action: () => Promise<Counts>) => parts.push(await timed(name, output, action));
  if (names.length === 0) {
    await add("biome check", () => runTool(root, ["@biomejs/biome/bin/biome", "check"], output));
    await add("tsc", () => runTool(root, ["typescript/bin/tsc"], output));
  }
  if (files.fast.length > 0) await add("fast tests", () => runMocha(root, files.fast, output));
  return files.behaviour.length > 0 ? [...parts, ...(await runBehaviour(root, files.behaviour, output))] : parts;
}

/** With real limits: minutes of watching, of waiting for health, of migrations that never end. */
async function runFaults(root: string, output: Output): Promise<Part[]> {
  process.env.SLIPWAY_FAULTS = "real";
  const parts = await runBehaviour(root, faultFiles(root), output);
  streamOf(output).write(`\n${faultTable(parts.flatMap(({ tests }) => tests ?? []))}\n`);
  return parts;
}

/** One file after the other: they measure, and share two cores. */
async function runBehaviour(root: string, files: string[], output: Output): Promise<Part[]> {
  try {
    await ensureLocal(root);
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n`);
    return [{ name: "setup", seconds: 0, ...FAILED }];
  }
  const parts: Part[] = [];
  for (const file of files) {
    parts.push(await timed(file, output, () => runMocha(root, [file], output)));
    await removeLeftovers(docker()); // Of a file that crashed.
  }
  return parts;
}

async function timed(name: string, output: Output, action: () => Promise<Counts>): Promise<Part> {
  const started = Date.now();
  streamOf(output).write(`\n== ${name}\n`);
  const counts = await action();
  const seconds = (Date.now() - started) / 1000;
  streamOf(output).write(`== ${name}: ${countsText(counts)}, ${seconds.toFixed(1)} s\n`);
  return { name, seconds, ...counts };
}

function streamOf(output: Output): NodeJS.WriteStream {
  return output === "stderr" ? process.stderr : process.stdout;
}

function countsJson(parts: Part[]): string {
  const { failed, ...others } = sum(parts);
  const told = parts.map(({ tests: _, ...part }) => part);
  const result = failed === 0 ? "succeeded" : "failed";
  return `${JSON.stringify({ schemaVersion: 1, result, ...others, failed, parts: told }, undefined, 2)}\n`;
}

/** A tool of `node_modules` that counts as one test. */
function runTool(root: string, [script = "", ...args]: string[], output: Output): Promise<Counts> {
  const to = output === "stderr" ? 2 : output;
  const child = spawn(process.execPath, [`${root}/node_modules/${script}`, ...args], {
    cwd: root,
    stdio: ["ignore", to, "inherit"],
  });
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done(code === 0 ? PASSED : FAILED));
  });
}
