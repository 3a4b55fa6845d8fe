import { randomBytes } from "node:crypto";

/** Hands an id on to what a command starts. */
export const RUN_VARIABLE = "SLIPWAY_RUN";

/** What belongs together: all that one command of an operator did, in whatever processes. Sorts by time. */
export function runId(): string {
  process.env[RUN_VARIABLE] ||= newRunId(new Date(), randomBytes(3));
  return process.env[RUN_VARIABLE];
}

/** From now on this process works for a run that began elsewhere. */
export function continueRun(id: string): void {
  process.env[RUN_VARIABLE] = id;
}

/** `20261125-003521-9f3a1c`, in UTC. */
export function newRunId(now: Date, random: Buffer): string {
  const digits = now.toISOString().replace(/\D/g, "");
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${random.toString("hex")}`;
}
