import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { PeakMemory } from "./peak-memory";

const ENTRY = join(resolve(__dirname, "../.."), "slipway");

export interface TimedRun {
  /** `performance.now()` when the process was started. */
  startedAt: number;
  /** From the start of the process to its end. */
  seconds: number;
  /** Highest resident memory in MiB: of the engine's process, and of the program's. */
  peakMiB: { engine: number; program: number };
  stdout: string;
}

/** Where a command runs, and with what added to the environment. */
export interface Place {
  folder: string;
  env: NodeJS.ProcessEnv;
}

/** Runs `./slipway` as a user does, without a terminal. Throws with its output when it fails. */
export async function timedRun({ folder, env }: Place, ...args: string[]): Promise<TimedRun> {
  const startedAt = performance.now();
  const child = spawn(ENTRY, args, {
    cwd: folder,
    env: { ...process.env, ...env, SLIPWAY_ENGINE: "embedded" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const memory = new PeakMemory(child.pid as number);
  let stdout = "";
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    stdout += text;
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  const code = await new Promise<number | null>((done, fail) => {
    child.once("error", fail);
    child.once("close", done);
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const peakMiB = memory.stop();
  if (code !== 0) throw new Error(`slipway ${args.join(" ")} exited ${code}\n${output}`);
  return { startedAt, seconds, peakMiB, stdout };
}
