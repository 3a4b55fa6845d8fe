import { ContractError } from "../contract-error";
import { PostgresError } from "../postgres";

/** Exit codes of the script contract (SC-09). */
const FAILED = 1;
const NO_CONNECTION = 3;

/** What a failed restore ends with: it says what state the data is in. */
export function restoreError(project: string, error: Error, state: string): ContractError {
  if (error instanceof ContractError) return error;
  const exitCode = error instanceof PostgresError && error.isUnreachable ? NO_CONNECTION : FAILED;
  return new ContractError(`${project}: the restore failed: ${error.message}; ${state}`, exitCode, { cause: error });
}
