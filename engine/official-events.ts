import type { EngineEvent as OfficialEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import type { EngineEvent, Operation, StepMetadata } from "./events";
import type { ResourceState } from "./state";

/** What Pulumi's own CLI tells of a run, in the words of this engine; `undefined` for what no listener asks about. */
export function engineEvent(event: OfficialEvent): EngineEvent | undefined {
  const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent } = event;
  if (resourcePreEvent) return { kind: "resourcePre", ...step(resourcePreEvent) };
  if (resOutputsEvent) return { kind: "resOutputs", ...step(resOutputsEvent) };
  if (resOpFailedEvent) {
    const { metadata, status, steps } = resOpFailedEvent;
    return { kind: "resOpFailed", metadata: metadataOf(metadata), status: status as 0 | 1 | 2, steps };
  }
  if (diagnosticEvent) {
    const { urn, message, severity, ephemeral } = diagnosticEvent;
    return {
      ...{ kind: "diagnostic", message, severity },
      ...(urn !== undefined && { urn }),
      ...(ephemeral !== undefined && { ephemeral }),
    };
  }
  return undefined;
}

function step({ metadata, planning = false }: { metadata: StepEventMetadata; planning?: boolean }) {
  return { metadata: metadataOf(metadata), planning };
}

function metadataOf(metadata: StepEventMetadata): StepMetadata {
  const { op, urn, type, old, new: wanted, keys, diffs, logical, provider } = metadata;
  return {
    ...{ op: op as Operation, urn, type },
    old: (old as ResourceState | undefined) ?? null,
    new: (wanted as ResourceState | undefined) ?? null,
    ...(keys && { keys }),
    ...(diffs && { diffs }),
    ...{ detailedDiff: null, logical: logical ?? true, provider },
  };
}
