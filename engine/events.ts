import type { DiffKind } from "./provider";
import type { ResourceState } from "./state";

/** Names of steps as Pulumi shows and counts them. */
export type Operation =
  | "same"
  | "create"
  | "update"
  | "delete"
  | "replace"
  | "create-replacement"
  | "delete-replaced"
  | "read"
  | "read-replacement"
  | "refresh"
  | "discard"
  | "discard-replaced"
  | "remove-pending-replace";

export interface StepMetadata {
  op: Operation;
  urn: string;
  type: string;
  old: ResourceState | null;
  new: ResourceState | null;
  /** Keys that ask for the replacement. */
  keys?: string[];
  /** Top-level keys that changed. */
  diffs?: string[];
  detailedDiff: Record<string, { diffKind: DiffKind; inputDiff: boolean }> | null;
  /** False for the two halves of a replacement, which count once under `replace`. */
  logical: boolean;
  provider: string;
}

export type Severity = "debug" | "info" | "info#err" | "warning" | "error";

/**
 * What a deployment tells while it runs; the union mirrors Pulumi's event log (`--event-log`), one payload an event.
 * Tests take kill points from these: every `resourcePre` and `resOutputs` is a step boundary.
 */
export type EngineEvent =
  | { kind: "prelude"; config: Record<string, string> }
  | { kind: "resourcePre"; metadata: StepMetadata; planning: boolean }
  | { kind: "resOutputs"; metadata: StepMetadata; planning: boolean }
  | { kind: "resOpFailed"; metadata: StepMetadata; status: 0 | 1 | 2; steps: number }
  | { kind: "diagnostic"; urn?: string; message: string; severity: Severity; ephemeral?: boolean }
  | {
      kind: "summary";
      maybeCorrupt: boolean;
      durationSeconds: number;
      resourceChanges: Partial<Record<Operation, number>>;
      isPreview: boolean;
      result: "succeeded" | "failed";
    }
  | { kind: "cancel" };
