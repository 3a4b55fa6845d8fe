import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { SETTING_VARIABLES } from "../config/setting-variables";
import { RUN_VARIABLE } from "./run-id";

/** There where systemd is the first process (sd_booted(3)). */
const SYSTEMD = "/run/systemd/system";
/** What a unit keeps of the environment of whoever starts it. */
const KEPT_VARIABLES = ["PATH", "BACKUP_DIR", "DOCKER_HOST", RUN_VARIABLE, ...SETTING_VARIABLES];
/** Longest wait for systemd to forget a unit of the same name that has just ended, in milliseconds. */
const FORGET_MS = 5_000;

export interface UnitCommand {
  /** Program and arguments. */
  command: string[];
  description: string;
  /** Files that its output is appended to. */
  stdout: string;
  stderr: string;
}

/** Starts processes that are nobody's child, by name. */
export interface Units {
  start(name: string, unit: UnitCommand): Promise<void>;
  isRunning(name: string): Promise<boolean>;
}

/** Whether this process can start units: systemd runs, and this is root. */
export function canStartUnits(): boolean {
  return existsSync(SYSTEMD) && process.getuid?.() === 0;
}

/** Names of the variables of this process that a unit gets, too. */
export function keptVariables(): string[] {
  return KEPT_VARIABLES.filter((variable) => process.env[variable] !== undefined);
}

const run = promisify(execFile);

export const transientUnits: Units = {
  async start(name, { command, description, stdout, stderr }) {
    const args = [
      "--quiet",
      "--collect",
      "--service-type=exec",
      `--unit=${name}`,
      `--description=${description}`,
      `--property=StandardOutput=append:${stdout}`,
      `--property=StandardError=append:${stderr}`,
      ...keptVariables().map((variable) => `--setenv=${variable}`),
      "--",
      ...command,
    ];
    const deadline = Date.now() + FORGET_MS;
    for (;;) {
      try {
        await run("systemd-run", args);
        return;
      } catch (error) {
        const isStillKnown = /already (loaded|exists)/.test((error as { stderr?: string }).stderr ?? "");
        if (!isStillKnown || Date.now() > deadline) throw error;
        await new Promise((done) => setTimeout(done, 50));
      }
    }
  },

  async isRunning(name) {
    const { stdout } = await run("systemctl", ["show", "--property=ActiveState", "--value", `${name}.service`]);
    return !["inactive", "failed"].includes(stdout.trim());
  },
};
