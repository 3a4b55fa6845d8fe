import { ContractError } from "./contract-error";
import type { NamedRelease } from "./project-state";
import type { RollbackRequest } from "./requests";

/** Exit code of the script contract (SC-04). */
const FAILED = 1;

/** Of a release that serves nothing is restored; `restored`: whose database came with it, which a rerun may ask for. */
export function refuseData(
  { project, database, backup }: Pick<RollbackRequest, "project" | "database" | "backup">,
  { version, release }: NamedRelease,
  restored: string | undefined,
): void {
  const isAsked = database === "restore" || backup !== undefined;
  if (!isAsked || (restored !== undefined && (backup ?? restored) === restored)) return;
  throw new ContractError(
    `${project}: ${version} (release ${release}) serves already, and nothing is restored into its database by going back; ` +
      `to bring one back: restore ${project} ${backup ?? "BACKUP"} --only database`,
    FAILED,
  );
}
