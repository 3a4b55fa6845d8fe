import type { Limits } from "./project";

export const DEFAULT_LIMITS: Limits = { memoryMiB: 256, cpus: 1, pids: 256, logMiB: 30 };

/** Of a folder in memory that a container may write to, as `/tmp` where its root is read-only. */
export const TMPFS_OPTIONS = "size=64m,mode=1777";

/** Files that a container's log is kept in. */
const LOG_FILES = 3;

/** Of Docker's log driver `json-file`. */
export function logOptions({ logMiB }: Pick<Limits, "logMiB">): Record<string, string> {
  return { "max-size": `${Math.ceil((logMiB * 1024) / LOG_FILES)}k`, "max-file": String(LOG_FILES) };
}
