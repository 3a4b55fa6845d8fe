import { spawn } from "node:child_process";
import { docker } from "../host/docker";
import { removeLeftovers } from "../test/support/leftovers";
import { checkout } from "./checkout";
import { ensureLocal } from "./setup";
import { type Counts, countsText, FAILED, PASSED, sum } from "./test/counts";
import { faultFiles } from "./test/fault-files";
import { faultTable } from "./test/fault-table";
import { runMocha } from "./test/run-mocha";
import { testFiles } from "./test/test-files";

const USAGE = `usage: slipway test [NAME...]
       slipway test faults

Runs every check and test: format and lint, types, the fast tests, then the tests on a real Docker engine, file by
file. With names only the test files whose path contains one of them. The last line has the counts.

"faults" runs the files that have a test of a fault, with the limits of production instead of short ones, and prints a
table: what happened in each. It takes about an hour.
`;

export async function run(args: string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(USAGE);
    return 0;
  }
  const unknown = args.find((name) => name.startsWith("-"));
  const root = checkout();
  if (args.length === 1 && args[0] === "faults") return runFaults(root);
  const files = testFiles(root, args);
  if (unknown || files.fast.length + files.behaviour.length === 0) {
    process.stderr.write(
      `error: ${unknown ? `unknown option ${unknown}` : `no test file is called ${args.join(" or ")}`}\n\n${USAGE}`,
    );
    return 1;
  }

  const all: Counts[] = [];
  if (args.length === 0) {
    all.push(await timed("biome check", () => runTool(root, ["@biomejs/biome/bin/biome", "check"])));
    all.push(await timed("tsc", () => runTool(root, ["typescript/bin/tsc"])));
  }
  if (files.fast.length > 0) all.push(await timed("fast tests", () => runMocha(root, files.fast)));
  if (files.behaviour.length > 0) all.push(...(await runBehaviour(root, files.behaviour)));

  const total = sum(all);
  process.stdout.write(`${countsText(total)}\n`);
  return total.failed === 0 ? 0 : 1;
}

/** With real limits: minutes of watching, of waiting for health, of migrations that never end. */
async function runFaults(root: string): Promise<number> {
  process.env.SLIPWAY_FAULTS = "real";
  const all = await runBehaviour(root, faultFiles(root));
  const table = faultTable(all.flatMap(({ tests }) => tests ?? []));
  const total = sum(all);
  process.stdout.write(`\n${table}\n${countsText(total)}\n`);
  return total.failed === 0 ? 0 : 1;
}

/** One file after the other: they measure, and share two cores. */
async function runBehaviour(root: string, files: string[]): Promise<Counts[]> {
  try {
    await ensureLocal(root);
  } catch (error) {
    process.stderr.write(`error: ${(error as Error).message}\n`);
    return [FAILED];
  }
  const all: Counts[] = [];
  for (const file of files) {
    all.push(await timed(file, () => runMocha(root, [file])));
    await removeLeftovers(docker()); // Of a file that crashed.
  }
  return all;
}

async function timed(name: string, action: () => Promise<Counts>): Promise<Counts> {
  const started = Date.now();
  process.stdout.write(`\n== ${name}\n`);
  const counts = await action();
  process.stdout.write(`== ${name}: ${countsText(counts)}, ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
  return counts;
}

/** A tool of `node_modules` that counts as one test. */
function runTool(root: string, [script = "", ...args]: string[]): Promise<Counts> {
  const child = spawn(process.execPath, [`${root}/node_modules/${script}`, ...args], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done(code === 0 ? PASSED : FAILED));
  });
}
