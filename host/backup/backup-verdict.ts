import type { BackupEntry } from "./backup-index";
import type { LossVerdict } from "./loss-check";

const CHANGING =
  "made while its data was half changed by a command that was cut off: it is restored only where it is named";

/** What a backup is listed as. `damage`: what reading it back found. */
export function backupVerdict(
  damage: string | undefined,
  isHalfChanged: boolean,
  loss: LossVerdict,
): Pick<BackupEntry, "status" | "note"> {
  if (damage !== undefined) return { status: "failed", note: damage };
  if (isHalfChanged) return { status: "changing", note: CHANGING };
  return {
    status: loss.kind === "suspicious" ? "suspicious" : "verified",
    ...(loss.kind !== "fine" && { note: loss.note }),
  };
}
