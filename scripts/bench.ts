import { spawn } from "node:child_process";
import { join } from "node:path";
import { checkout } from "./checkout";

/**
 * Runs a benchmark in a process of its own, from its source: what is measured stays free of what measures. Without a
 * name the benchmarks are listed.
 */
export async function run(args: string[]): Promise<number> {
  const root = checkout();
  const register = join(root, "node_modules/ts-node/register/transpile-only");
  const child = spawn(process.execPath, ["--require", register, join(root, "bench/runner/main.ts"), ...args], {
    cwd: root,
    stdio: "inherit",
  });
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("exit", (code) => done(code ?? 1));
  });
}
