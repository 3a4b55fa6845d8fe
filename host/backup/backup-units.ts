/** The timer that starts the scheduled backups of a host, and what it starts. */
export const BACKUP_TIMER = "slipway-backup.timer";
export const BACKUP_SERVICE = "slipway-backup.service";

/**
 * Texts of the units, by their names. `program` is the host program, `schedule` a calendar expression of systemd's.
 *
 * A run that was due while the host was off is made up for once at its next boot (`Persistent`), and a oneshot service
 * never runs twice at a time.
 */
export function backupUnits(program: string, schedule: string): Record<string, string> {
  return {
    [BACKUP_SERVICE]: `[Unit]
Description=Slipway: scheduled backups of all projects
Wants=network-online.target
After=network-online.target docker.service

[Service]
Type=oneshot
ExecStart=/usr/bin/env node ${quoted(program)} cli backup --all scheduled
Nice=10
`,
    [BACKUP_TIMER]: `[Unit]
Description=Slipway: when the scheduled backups of all projects are due

[Timer]
OnCalendar=${schedule}
Persistent=true
AccuracySec=1s

[Install]
WantedBy=timers.target
`,
  };
}

/** As systemd reads an argument: `%` and `$` begin what it replaces. */
function quoted(path: string): string {
  return `"${path.replaceAll(/[\\"]/g, "\\$&").replaceAll("%", "%%").replaceAll("$", "$$$$")}"`;
}
