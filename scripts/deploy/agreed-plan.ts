import { ContractError } from "../../host/contract-error";
import type { Log } from "../../host/log";
import type { RollbackPlan } from "../../host/rollback-data";
import { confirmed } from "./confirmed";

/** Exit code of the script contract (SC-04). */
const RESTORE_FAILED = 3;

/** One that can be carried out. */
export type PossiblePlan = Exclude<RollbackPlan, { kind: "impossible" }>;

export interface Question {
  project: string;
  /** To go back to. */
  version: string;
  /** Told so beforehand. */
  yes: boolean;
  mayAsk: boolean;
}

/**
 * The plan that somebody agreed to, beforehand or on a terminal; nothing, and said so, where nobody did. Without a backup to
 * restore a terminal is asked for containers only (RB-06), and whoever said yes beforehand did not say it to that: throws
 * `ContractError` 3.
 */
export async function agreedPlan(
  log: Log,
  plan: RollbackPlan,
  { project, version, yes, mayAsk }: Question,
): Promise<PossiblePlan | undefined> {
  const isImpossible = plan.kind === "impossible";
  if (isImpossible && yes) throw new ContractError(`${project}: ${plan.text}`, RESTORE_FAILED);
  if (await confirmed(yes, mayAsk, `Go back to ${version}${isImpossible ? ", containers only" : ""}?`)) {
    return isImpossible ? { ...plan, kind: "keep" } : plan;
  }
  const beforehand = isImpossible ? "--database keep --yes" : "--yes (ROLLBACK_CONFIRM=yes)";
  log.error(`not done: answer yes, or give ${beforehand}`);
  return undefined;
}
