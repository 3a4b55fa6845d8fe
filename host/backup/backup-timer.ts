import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { readIfThere, writeAtomic } from "../atomic-file";
import { ContractError } from "../contract-error";
import type { Layout } from "../layout";
import type { Log } from "../log";
import type { BackupTimerRequest } from "../requests";
import { canStartUnits } from "../transient-unit";
import { BACKUP_SERVICE, BACKUP_TIMER } from "./backup-units";

const UNITS = "/etc/systemd/system";
const FAILED = 1;

const run = promisify(execFile);

/** Writes and enables the timer, where systemd runs; elsewhere it says that nothing is scheduled. */
export async function installBackupTimer(layout: Layout, log: Log, { schedule, units }: BackupTimerRequest) {
  if (!canStartUnits()) {
    log.warn("systemd does not run here, or this is not root: nothing starts backup.sh --all scheduled by itself");
    return { schedule: "" };
  }
  await run("systemd-analyze", ["calendar", schedule]).catch((cause: Error) => {
    throw new ContractError(`slipway:backup.schedule: "${schedule}" is no calendar expression of systemd's`, FAILED, {
      cause,
    });
  });
  for (const [name, text] of Object.entries(units)) await writeFile(join(UNITS, name), text);
  await run("systemctl", ["daemon-reload"]);
  await run("systemctl", ["enable", "--quiet", BACKUP_TIMER]);
  // A changed schedule counts at once.
  await run("systemctl", ["restart", BACKUP_TIMER]);
  await writeAtomic(timerFile(layout), `${JSON.stringify({ schedule })}\n`);
  log.info(`scheduled backups: ${schedule}`);
  return { schedule };
}

export async function removeBackupTimer(layout: Layout, _log: Log, { units }: BackupTimerRequest) {
  if (!(await isBackupTimerInstalled(layout))) return {};
  await run("systemctl", ["disable", "--quiet", "--now", BACKUP_TIMER]);
  for (const name of Object.keys(units)) await rm(join(UNITS, name), { force: true });
  await run("systemctl", ["daemon-reload"]);
  await rm(timerFile(layout), { force: true });
  return {};
}

export async function isBackupTimerInstalled(layout: Layout): Promise<boolean> {
  return (await readIfThere(timerFile(layout))) !== undefined;
}

/** What systemd says of the timer and of the service. */
export interface BackupTimerStates {
  /** `active`, `activating`, `inactive`, `failed`. */
  timer: string;
  service: string;
  /** When the service was last started, in whole seconds since 1970; left out where it never was. */
  startedAt?: number;
}

export async function backupTimerStates(): Promise<BackupTimerStates> {
  const show = async (unit: string) => {
    const properties = "--property=ActiveState,InactiveExitTimestamp";
    const { stdout } = await run("systemctl", ["show", properties, "--timestamp=unix", unit]);
    return new Map(stdout.split("\n").map((line) => line.split("=") as [string, string]));
  };
  const [timer, service] = await Promise.all([show(BACKUP_TIMER), show(BACKUP_SERVICE)]);
  const state = (unit: typeof timer) => unit.get("ActiveState") ?? "";
  const startedAt = Number(service.get("InactiveExitTimestamp")?.replace("@", ""));
  return { timer: state(timer), service: state(service), ...(startedAt > 0 && { startedAt }) };
}

function timerFile(layout: Layout): string {
  return join(layout.state, "backup-timer.json");
}
