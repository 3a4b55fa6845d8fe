import { appendFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import type { Layout } from "./layout";
import { countEvent } from "./metrics";
import { runId } from "./run-id";

/** One deploy, rollback, backup or restore, finished (SC-15). */
export interface AuditEvent {
  operation: "deploy" | "rollback" | "backup" | "restore" | "proof";
  project: string;
  /** Who. */
  by: string;
  /** A release and its version, or a backup's id. */
  from?: string;
  to?: string;
  result: "success" | "failure";
  /** Why it failed, or why it was done. */
  reason?: string;
  seconds: number;
}

/**
 * Appends to the audit log and counts it (MT-21); the time is that of the call. What was done is done: that it cannot be
 * written down (a full disk) is warned of.
 */
export async function recordEvent(layout: Layout, event: AuditEvent, now = new Date()): Promise<void> {
  try {
    await mkdir(dirname(layout.audit), { recursive: true });
    await appendFile(layout.audit, `${JSON.stringify({ at: now.toISOString(), run: runId(), ...event })}\n`);
  } catch (error) {
    process.emitWarning(`${layout.audit} could not be written: ${(error as Error).message}`);
  }
  await countEvent(layout, event, now);
}
