import { ContractError } from "../contract-error";

/** Exit code of the script contract (SC-05). */
const DUMP_FAILED = 1;

/** No backup was made, whoever wanted one: a command, a deploy, or what takes one before it changes data. */
export class BackupError extends ContractError {
  constructor(cause: Error & { exitCode?: number }) {
    super(cause.message, cause.exitCode ?? DUMP_FAILED, { cause });
    this.name = "BackupError";
  }
}
