/** Longest wait of a migration's statement for a lock, in seconds. */
export const LOCK_SECONDS = 5;
/** How often a migration that waited for a lock is run again. */
export const LOCK_RETRIES = 3;
/** A statement ends this share of the whole time before it, so that Postgres itself undoes what it did. */
const STATEMENT_SHARE = 0.8;

/**
 * PGOPTIONS of a migration, for every driver over libpq. A server whose client is gone notices within 2 s: without that
 * the statement of a killed migration would go on, and commit.
 */
export function sessionOptions(timeoutSeconds: number): string {
  const settings = {
    lock_timeout: `${LOCK_SECONDS}s`,
    statement_timeout: `${Math.floor(timeoutSeconds * STATEMENT_SHARE * 1000)}ms`,
    client_connection_check_interval: "2s",
  };
  return Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(" ");
}

/** Whether a migration's output says that it gave up waiting for a lock: Postgres' own words, or the code of them. */
export function isLockTimeout(output: string): boolean {
  return /canceling statement due to lock timeout|\bLockNotAvailable\b|\b55P03\b/.test(output);
}

/** Whether it says that a statement ran into its limit. */
export function isStatementTimeout(output: string): boolean {
  return /canceling statement due to statement timeout/.test(output);
}
