/** Postgres was there and had room, and refused what an archive has, or got other rows from it than were backed up. */
export class UnrestorableError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnrestorableError";
  }
}

/** Exit codes of bash: there is no such program, or it may not be run; above, a signal ended it. */
const NOT_RUNNABLE = 126;

/** What Postgres, its programs and the system say of resources, connections and limits. */
const SURROUNDINGS = [
  /no space left on device|disk quota exceeded|input\/output error|read-only file system/i,
  /out of (shared )?memory|cannot allocate memory|too many (clients|connections|open files)|remaining connection slots/i,
  /could not connect|connection to server|connection (refused|reset|timed out)|server closed the connection/i,
  /terminating connection|the database system is|administrator command|canceling statement/i,
  /extension control file|could not (access|load) (file|library)/i,
];

/**
 * Whether a restore that ended so, with this on stderr, failed for a reason that is not in its archive: the same archive
 * is restored another time, or by another image of Postgres.
 */
export function isOfSurroundings(exitCode: number, stderr: string): boolean {
  if (exitCode < 0 || exitCode >= NOT_RUNNABLE) return true;
  return stderr
    .split("\n")
    .filter((line) => /\b(error|fatal|panic)\b/i.test(line))
    .some((line) => SURROUNDINGS.some((pattern) => pattern.test(line)));
}
