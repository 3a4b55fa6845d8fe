import { type BackupTimerStates, backupTimerStates } from "../backup/backup-timer";
import { lastScheduledRun, type ScheduledRun } from "../backup/scheduled-run";
import type { Layout } from "../layout";
import type { ServiceHealth } from "./service-health";

/** Degraded where the next scheduled backups will not come, or the last ones failed (SC-16). */
export async function checkBackupTimer(layout: Layout): Promise<ServiceHealth> {
  const [states, run] = await Promise.all([backupTimerStates(), lastScheduledRun(layout)]);
  const reason = whyDegraded(states, run);
  return reason === undefined
    ? { status: "healthy", response_time_ms: null }
    : { status: "degraded", response_time_ms: null, reason };
}

export function whyDegraded(
  { timer, service, startedAt = 0 }: BackupTimerStates,
  run: ScheduledRun | undefined,
): string | undefined {
  if (timer !== "active")
    return `the timer is ${timer}, so no backup is scheduled; systemctl enable --now slipway-backup.timer`;
  if (service === "activating") return undefined;
  if (run && run.ended === undefined)
    return `the run that began at ${run.began} did not end; journalctl -u slipway-backup`;
  const failures = Object.values(run?.failures ?? {});
  if (failures.length > 0) return `the run of ${run?.began} failed: ${failures.join("; ")}`;
  // One that was mended is followed by a run by hand, or by its next start.
  const isLater = run === undefined || Date.parse(run.began) < startedAt * 1000;
  return service === "failed" && isLater
    ? "slipway-backup.service failed before any backup began; journalctl -u slipway-backup"
    : undefined;
}
