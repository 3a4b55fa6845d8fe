import type { Operation, StepMetadata } from "./events";
import type { Row } from "./journal";
import type { DiffResult } from "./provider";
import type { ResourceState } from "./state";
import { isDefaultProvider } from "./urn";

/** Why a resource is changed, for display. */
export interface StepDiff {
  /** Keys that ask for a replacement. */
  keys?: string[];
  /** Top-level keys that changed. */
  diffs?: string[];
  detailedDiff?: DiffResult["detailedDiff"];
}

/** One unit of work. A `row` of a new resource has the wanted state until the step has run. */
export type Step =
  | { kind: "same"; row: Row; old: ResourceState; next: ResourceState }
  | { kind: "create"; row: Row; replaced?: Row; why: StepDiff }
  | { kind: "update"; row: Row; old: ResourceState; next: ResourceState; ignoreChanges: string[]; why: StepDiff }
  /** Shows a replacement and counts it; the two halves are a `create` and a `delete`. */
  | { kind: "replace"; row: Row; replaced: Row; why: StepDiff }
  | { kind: "delete"; row: Row; half: boolean; callProvider: boolean }
  /** Drops what a failed delete-before-replace has already deleted. */
  | { kind: "forget"; row: Row }
  /** Not created, because it is no target. */
  | { kind: "skip"; next: ResourceState };

export function operationOf(step: Step): Operation {
  switch (step.kind) {
    case "create":
      return step.replaced ? "create-replacement" : "create";
    case "delete":
      if (step.row.state.external) return step.half ? "discard-replaced" : "discard";
      return step.half ? "delete-replaced" : "delete";
    case "forget":
      return "remove-pending-replace";
    case "skip":
      return "same";
    default:
      return step.kind;
  }
}

/** Whether it is a whole change, not one half of a replacement. */
export function isLogical(op: Operation): boolean {
  return ![
    "create-replacement",
    "delete-replaced",
    "discard-replaced",
    "read-replacement",
    "refresh",
    "remove-pending-replace",
  ].includes(op);
}

export function isCounted(op: Operation, urn: string): boolean {
  return isLogical(op) && !isDefaultProvider(urn);
}

export function metadataOf(step: Step): StepMetadata {
  const op = operationOf(step);
  const [old, next] = statesOf(step);
  const { urn, type, provider = "" } = (next ?? old) as ResourceState;
  const metadata: StepMetadata = {
    op,
    urn,
    type,
    old,
    new: next,
    detailedDiff: null,
    logical: isLogical(op),
    provider,
  };
  if ("why" in step) {
    if (step.why.keys?.length) metadata.keys = step.why.keys;
    if (step.why.diffs?.length) metadata.diffs = step.why.diffs;
    metadata.detailedDiff = detailed(step.why.detailedDiff);
  }
  return metadata;
}

/** The same before the step has run: what it will return is not known, even where it stays as it was. */
export function plannedMetadataOf(step: Step): StepMetadata {
  const metadata = metadataOf(step);
  if (!metadata.new || (step.kind !== "same" && step.kind !== "update")) return metadata;
  const { id: _, outputs: __, ...planned } = metadata.new;
  return { ...metadata, new: planned as ResourceState };
}

function detailed(diff: DiffResult["detailedDiff"]): StepMetadata["detailedDiff"] {
  const entries = Object.entries(diff ?? {});
  if (entries.length === 0) return null;
  return Object.fromEntries(entries.map(([path, { kind, inputDiff }]) => [path, { diffKind: kind, inputDiff }]));
}

function statesOf(step: Step): [ResourceState | null, ResourceState | null] {
  switch (step.kind) {
    case "same":
    case "update":
      return [step.old, step.next];
    case "create":
      return [step.replaced?.state ?? null, step.row.state];
    case "replace":
      return [step.replaced.state, step.row.state];
    case "delete":
    case "forget":
      return [step.row.state, null];
    case "skip":
      return [null, step.next];
  }
}
