import type { EngineEvent, StepMetadata } from "../events";
import {
  isObject,
  isSecret,
  type PropertyMap,
  type PropertyValue,
  SECRET_SIGNATURE,
  SIGNATURE_KEY,
} from "../property-value";
import type { ResourceState } from "../state";

/** A line of Pulumi's event log, without its sequence number and time. Secrets are `[secret]`, unless shown. */
export function eventPayload(event: EngineEvent, showSecrets: boolean): Record<string, unknown> {
  switch (event.kind) {
    case "prelude":
      return { preludeEvent: { config: event.config } };
    case "resourcePre":
      return { resourcePreEvent: stepPayload(event, showSecrets) };
    case "resOutputs":
      return { resOutputsEvent: stepPayload(event, showSecrets) };
    case "resOpFailed":
      return {
        resOpFailedEvent: {
          metadata: metadata(event.metadata, showSecrets),
          status: event.status,
          steps: event.steps,
        },
      };
    case "diagnostic":
      return {
        diagnosticEvent: {
          ...(event.urn ? { urn: event.urn } : {}),
          ...(event.severity.startsWith("info") ? {} : { prefix: `${event.severity}: ` }),
          message: event.message,
          color: "never",
          severity: event.severity,
          ...(event.ephemeral ? { ephemeral: true } : {}),
        },
      };
    case "summary":
      return {
        summaryEvent: {
          maybeCorrupt: event.maybeCorrupt,
          durationSeconds: Math.round(event.durationSeconds),
          resourceChanges: event.resourceChanges,
          PolicyPacks: {},
          isPreview: event.isPreview,
          result: event.result,
        },
      };
    case "cancel":
      return { cancelEvent: {} };
  }
}

/** Numbers and dates events, one JSON object a line. */
export class EventLog {
  private sequence = 0;

  constructor(
    private readonly write: (line: string) => void,
    private readonly showSecrets = false,
  ) {}

  event(event: EngineEvent): void {
    const stamp = { sequence: this.sequence++, timestamp: Math.floor(Date.now() / 1000) };
    this.write(`${JSON.stringify({ ...stamp, ...eventPayload(event, this.showSecrets) })}\n`);
  }
}

function stepPayload(event: { metadata: StepMetadata; planning: boolean }, showSecrets: boolean) {
  return { metadata: metadata(event.metadata, showSecrets), ...(event.planning ? { planning: true } : {}) };
}

function metadata(step: StepMetadata, showSecrets: boolean): Record<string, unknown> {
  return {
    op: step.op,
    urn: step.urn,
    type: step.type,
    old: step.old && stateOf(step.old, showSecrets),
    new: step.new && stateOf(step.new, showSecrets),
    ...(step.keys?.length ? { keys: step.keys } : {}),
    ...(step.diffs?.length ? { diffs: step.diffs } : {}),
    detailedDiff: step.detailedDiff,
    ...(step.logical ? { logical: true } : {}),
    provider: step.provider,
  };
}

function stateOf(state: ResourceState, showSecrets: boolean): Record<string, unknown> {
  return {
    type: state.type,
    urn: state.urn,
    ...(state.custom ? { custom: true } : {}),
    ...(state.delete ? { delete: true } : {}),
    id: state.id ?? "",
    parent: state.parent ?? "",
    ...(state.protect ? { protect: true } : {}),
    ...(state.external ? { external: true } : {}),
    ...(state.retainOnDelete ? { retainOnDelete: true } : {}),
    inputs: masked(state.inputs ?? {}, showSecrets),
    outputs: masked(state.outputs ?? {}, showSecrets),
    provider: state.provider ?? "",
    ...(state.initErrors?.length ? { initErrors: state.initErrors } : {}),
  };
}

function masked(value: PropertyValue, showSecrets: boolean): PropertyValue {
  if (Array.isArray(value)) return value.map((entry) => masked(entry, showSecrets));
  if (!isObject(value)) return value;
  if (isSecret(value)) {
    const shown: PropertyMap = showSecrets ? { plaintext: JSON.stringify(value.value) } : { ciphertext: "[secret]" };
    return { [SIGNATURE_KEY]: SECRET_SIGNATURE, ...shown };
  }
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, masked(entry, showSecrets)]));
}
