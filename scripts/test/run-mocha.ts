import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RUN_VARIABLE } from "../../host/run-id";
import { type Counts, FAILED, sum } from "./counts";

/** A run that takes longer is ended as failed. */
export const LONGEST_MINUTES = 30;

/** Where the output of a run goes: nowhere, or to a file descriptor. */
type OutputTarget = "ignore" | number;

/** Ctrl-C or SIGTERM ended the run, with all that it had started. */
export class TestsInterrupted extends Error {}

/**
 * Runs test files in one Mocha process of their own, with its output as it comes. A process that ends without counts
 * (a crash, the deadline) has failed once. Throws `TestsInterrupted`.
 */
export async function runMocha(
  root: string,
  files: string[],
  to: OutputTarget,
  longestMinutes = LONGEST_MINUTES,
): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-test-"));
  const countsFile = join(folder, "counts.json");
  const reporter = join(root, "scripts/test/counting-reporter.cjs");
  const args = [join(root, "node_modules/mocha/bin/mocha.js"), "--reporter", reporter, ...files];
  try {
    const code = await runGroup(root, args, { SLIPWAY_TEST_COUNTS: countsFile }, to, longestMinutes);
    const counts = countsIn(countsFile);
    if (counts === undefined) {
      process.stderr.write(`mocha ended with ${code ?? "a signal"} before its tests did: ${files.join(" ")}\n`);
      return FAILED;
    }
    return code !== 0 && counts.failed === 0 ? { ...counts, ...sum([counts, FAILED]) } : counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Undefined where the process ended before it had written them. */
function countsIn(file: string): Counts | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** In a process group of its own, so that the deadline and Ctrl-C end what the tests started too. */
function runGroup(
  root: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  to: OutputTarget,
  longestMinutes: number,
): Promise<number | null> {
  const child = spawn(process.execPath, args, {
    cwd: root,
    // What the tests start are runs of their own.
    env: { ...process.env, [RUN_VARIABLE]: undefined, ...env },
    stdio: ["ignore", to, to],
    detached: true,
  });
  const end = (signal: NodeJS.Signals) => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, signal);
  };
  const deadline = setTimeout(() => end("SIGKILL"), longestMinutes * 60_000);
  let interrupted = false;
  const interrupt = (signal: NodeJS.Signals) => {
    interrupted = true;
    end(signal);
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  return new Promise<number | null>((done, fail) => {
    child.on("error", fail);
    child.on("close", done);
  }).finally(() => {
    clearTimeout(deadline);
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    if (interrupted) throw new TestsInterrupted();
  });
}
