import { INTERRUPTED } from "../../terminal/end-signals";

/** A command line that cannot be understood. */
export const USAGE_CODE = "slipway.usage";

/** What the exit codes of a command mean to a program (section SC of the requirements); docs/errors.md lists them. */
const CODES: Record<string, Record<number, string>> = {
  deploy: { 2: "backup_failed", 3: "migration_failed" },
  rollback: { 2: "version_not_found", 3: "restore_failed" },
  backup: { 2: "not_verified", 3: "no_space" },
  restore: { 2: "backup_not_found", 3: "database_unreachable" },
  downgrade: { 2: "backup_failed", 3: "downgrade_failed" },
  "health-check": { 2: "timeout" },
};

/** `thrown`: what kept the command from its answer; left out where the answer itself is a failure. */
export function errorCode(command: string, exitCode: number, thrown?: Error): string {
  if (thrown?.name === "UsageError") return USAGE_CODE;
  if (exitCode === INTERRUPTED) return "slipway.interrupted";
  if (command === "health-check" && exitCode === 1 && !thrown) return "slipway.health_check.unhealthy";
  return `slipway.${command.replaceAll("-", "_")}.${CODES[command]?.[exitCode] ?? "failed"}`;
}
