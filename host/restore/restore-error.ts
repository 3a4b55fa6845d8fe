import { ContractError } from "../contract-error";
import { PostgresError } from "../postgres";

/** Exit codes of the script contract (SC-09). */
const FAILED = 1;
const NO_CONNECTION = 3;

/** What a failed restore ends with: it says what state the data is in. */
export function restoreError(project: string, error: Error, state: string): ContractError {
  if (error instanceof ContractError) return error;
  const exitCode = isUnreachable(error) ? NO_CONNECTION : FAILED;
  return new ContractError(`${project}: the restore failed: ${error.message}; ${state}`, exitCode, { cause: error });
}

/** Without its safety backup nothing is restored; the exit codes of a backup mean other things. */
export function safetyError(project: string, error: Error): ContractError {
  const text = `${project}: nothing was restored, as its safety backup failed: ${error.message}; without one: --skip-backup`;
  return new ContractError(text, isUnreachable(error) ? NO_CONNECTION : FAILED, { cause: error });
}

function isUnreachable(error: unknown): boolean {
  if (error instanceof PostgresError) return error.isUnreachable;
  return error instanceof Error && isUnreachable(error.cause);
}
