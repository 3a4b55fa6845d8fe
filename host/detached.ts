import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import type { Layout } from "./layout";
import { RUN_VARIABLE, runId } from "./run-id";
import { canStartUnits, keptVariables } from "./transient-unit";

/**
 * Starts a command of the host program in a process that outlives this one, whatever becomes of it: under systemd in a unit of
 * its own, since a unit that ends takes what it started with it. What it prints goes to the log file.
 */
export function startDetached(layout: Layout, verb: string, project: string): void {
  const output = openSync(layout.log, "a");
  const program = [process.execPath, layout.program, verb, project];
  const unit = `--unit=slipway-${verb}-${project}-${process.pid}`;
  const kept = keptVariables().filter((name) => name !== RUN_VARIABLE);
  const [command = "", ...args] = canStartUnits()
    ? [
        "systemd-run",
        "--quiet",
        "--collect",
        unit,
        `--setenv=${RUN_VARIABLE}=${runId()}`,
        ...kept.map((name) => `--setenv=${name}`),
        "--",
        ...program,
      ]
    : program;
  spawn(command, args, { detached: true, stdio: ["ignore", output, output] }).unref();
}
