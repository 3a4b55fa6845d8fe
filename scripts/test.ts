import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { docker } from "../host/docker";
import { INTERRUPTED } from "../terminal/end-signals";
import { removeLeftovers } from "../test/support/leftovers";
import { ObjectStoreServer } from "../test/support/object-store-server";
import { checkout } from "./checkout";
import { parsed, UsageError, withUsage } from "./deploy/deploy-options";
import { ensureLocal } from "./setup";
import { type Counts, countsText, FAILED, PASSED, sum } from "./test/counts";
import { failedList } from "./test/failed-list";
import { faultFiles } from "./test/fault-files";
import { faultTable } from "./test/fault-table";
import type { Jobs } from "./test/jobs";
import { LONGEST_MINUTES, runMocha, TestsInterrupted } from "./test/run-mocha";
import { apart, measuring, sideBySide } from "./test/side-by-side";
import { testFiles } from "./test/test-files";
import { withWholeOutput } from "./test/whole-output";

/** Of a file with the limits of production, a part of whose tests wait for ten minutes each. */
const LONGEST_FAULTS_MINUTES = 60;
/** Each runs a Postgres and more. */
const MOST_JOBS = 4;
const DEFAULT_JOBS: Jobs = { least: Math.min(availableParallelism(), MOST_JOBS), most: MOST_JOBS };
const ONE_JOB: Jobs = { least: 1, most: 1 };

const USAGE = `Examples:
  slipway test                      every check and every test
  slipway test backup restore       the test files whose path has one of these words
  slipway test faults               the faults with the limits of production: about an hour
  slipway test --jobs 1             one file after the other, each with its output as it comes
  slipway test --json | jq .failed

usage: slipway test [NAME...] [--jobs N] [--json]
       slipway test faults [--jobs N] [--json]

Runs every check and test: format and lint, types, the fast tests, then the tests on a real Docker engine: those that
measure alone, the others some files at a time. With names only the test files whose path contains one of them. What
failed is listed again at the end; the last line has the counts.

"faults" runs the files that have a test of a fault, with the limits of production instead of short ones, and prints a
table: what happened in each.

  --jobs N  files on a Docker engine that run at a time, each shown when it has ended; default: ${DEFAULT_JOBS.least} here,
            and up to ${DEFAULT_JOBS.most} while a third of the processors' time is free
  --json    print the counts as JSON and nothing else on stdout; what the tests print goes to stderr

Exit codes: 0 all passed; 1 one did not.
`;

const OPTIONS = { json: { type: "boolean" }, jobs: { type: "string" } } as const;

/** A part of a run: a tool, the fast tests, or a file of the others. */
interface Part extends Counts {
  name: string;
  seconds: number;
}

/** How a run was asked for. */
interface Options {
  /** Of the checkout. */
  root: string;
  jobs: Jobs;
  /** Of one file on a Docker engine. */
  longestMinutes: number;
  /** Where everything but the counts goes. */
  stream: NodeJS.WriteStream & { fd: number };
}

export function run(args: string[]): Promise<number> {
  return withUsage(args, USAGE, async () => {
    const { values, positionals: names } = parsed(args, OPTIONS, Number.POSITIVE_INFINITY);
    const stream = values.json ? process.stderr : process.stdout;
    const options = { root: checkout(), jobs: jobsIn(values.jobs), longestMinutes: LONGEST_MINUTES, stream };
    try {
      const isFaults = names.length === 1 && names[0] === "faults";
      const parts = isFaults ? await runFaults(options) : await runAll(options, names);
      stream.write(failedList(parts));
      const total = sum(parts);
      process.stdout.write(values.json ? countsJson(parts) : `${countsText(total)}\n`);
      return total.failed === 0 ? 0 : 1;
    } catch (error) {
      if (error instanceof TestsInterrupted) return INTERRUPTED;
      throw error;
    }
  });
}

/** Throws `UsageError`. */
function jobsIn(text: string | undefined): Jobs {
  if (text === undefined) return DEFAULT_JOBS;
  if (!/^[1-9]\d?$/.test(text)) throw new UsageError(`--jobs ${text}: a number from 1 to 99`);
  return { least: Number(text), most: Number(text) };
}

async function runAll(options: Options, names: string[]): Promise<Part[]> {
  const { root, stream } = options;
  const files = testFiles(root, names);
  if (files.fast.length + files.behaviour.length === 0)
    throw new UsageError(`no test file is called ${names.join(" or ")}`);
  // Minutes, most of them of downloads: they pass while the checks run.
  const ready = names.length === 0 ? ObjectStoreServer.missing() : undefined;
  const parts: Part[] = [];
  const add = async (name: string, action: () => Promise<Counts>) => parts.push(await shown(name, stream, action));
  if (names.length === 0) {
    await add("biome check", () => runTool(root, ["@biomejs/biome/bin/biome", "check"], stream.fd));
    await add("tsc", () => runTool(root, ["typescript/bin/tsc"], stream.fd));
  }
  const local = files.behaviour.length > 0 ? ensureLocal(root) : undefined;
  local?.catch(() => undefined); // Told when the fast tests have ended.
  if (files.fast.length > 0) await add("fast tests", () => runMocha(root, files.fast, stream.fd));
  return local ? [...parts, ...(await runBehaviour(options, files.behaviour, local, ready))] : parts;
}

/** With real limits: minutes of watching, of waiting for health, of migrations that never end. */
async function runFaults(options: Options): Promise<Part[]> {
  process.env.SLIPWAY_FAULTS = "real";
  const longestMinutes = LONGEST_FAULTS_MINUTES;
  const parts = await runBehaviour({ ...options, longestMinutes }, faultFiles(options.root), ensureLocal(options.root));
  options.stream.write(`\n${faultTable(parts.flatMap(({ tests }) => tests ?? []))}\n`);
  return parts;
}

/** `local`: of what every file uses; `ready`: of what files beside others use. */
async function runBehaviour(
  options: Options,
  files: string[],
  local: Promise<unknown>,
  ready?: Promise<unknown>,
): Promise<Part[]> {
  const { root, jobs, longestMinutes, stream } = options;
  try {
    await local;
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n`);
    return [{ name: "setup", seconds: 0, ...FAILED }];
  }
  const running = (show: typeof shown) => async (file: string) => {
    const part = await show(file, stream, (to) => runMocha(root, [file], to, longestMinutes));
    await removeLeftovers(docker()); // Of a file that crashed.
    return part;
  };
  const { alone, others } = measuring(files);
  const show = jobs.most === 1 || others.length === 1 ? shown : shownWhole;
  const first = await sideBySide(ONE_JOB, [alone], running(shown));
  await ready;
  return [...first, ...(await sideBySide(jobs, apart(others, sizeIn(root)), running(show)))];
}

function sizeIn(root: string): (file: string) => number {
  return (file) => statSync(join(root, file)).size;
}

/** Runs a part with its output as it comes. */
async function shown(name: string, stream: Options["stream"], action: (to: number) => Promise<Counts>): Promise<Part> {
  stream.write(`\n== ${name}\n`);
  const part = await timed(name, () => action(stream.fd));
  stream.write(endLine(part));
  return part;
}

/** Runs a part that others run beside: its output comes when it has ended. */
function shownWhole(name: string, stream: Options["stream"], action: (to: number) => Promise<Counts>): Promise<Part> {
  stream.write(`-- ${name} runs\n`);
  return withWholeOutput(stream, `\n== ${name}\n`, (to) => timed(name, () => action(to)), endLine);
}

async function timed(name: string, action: () => Promise<Counts>): Promise<Part> {
  const started = Date.now();
  const counts = await action();
  return { name, seconds: (Date.now() - started) / 1000, ...counts };
}

function endLine(part: Part): string {
  return `== ${part.name}: ${countsText(part)}, ${part.seconds.toFixed(1)} s\n`;
}

function countsJson(parts: Part[]): string {
  const { failed, ...others } = sum(parts);
  const told = parts.map(({ tests: _, ...part }) => part);
  const result = failed === 0 ? "succeeded" : "failed";
  return `${JSON.stringify({ schemaVersion: 1, result, ...others, failed, parts: told }, undefined, 2)}\n`;
}

/** A tool of `node_modules` that counts as one test. */
function runTool(root: string, [script = "", ...args]: string[], to: number): Promise<Counts> {
  const child = spawn(process.execPath, [`${root}/node_modules/${script}`, ...args], {
    cwd: root,
    stdio: ["ignore", to, "inherit"],
  });
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done(code === 0 ? PASSED : FAILED));
  });
}
