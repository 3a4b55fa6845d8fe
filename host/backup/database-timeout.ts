import { settingOf } from "../../config/setting-variables";

/** SC-13. */
const DEFAULT_SECONDS = 600;

/** Longest time of one operation on a database or a volume, in seconds; DATABASE_TIMEOUT overrides it. */
export function databaseTimeoutSeconds(): number {
  return settingOf("DATABASE_TIMEOUT") ?? DEFAULT_SECONDS;
}
