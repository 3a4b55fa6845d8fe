import type { EngineEvent, StepMetadata } from "../events";
import { isObject, isSecret, type PropertyValue } from "../property-value";
import type { ResourceState } from "../state";
import { encodeResource } from "../state/resource-encoding";
import { isDefaultProvider, STACK_TYPE } from "./operation-text";
import { severityPrefix } from "./resource-row";

/** Collects a preview into the one object that `preview --json` prints. */
export class PreviewJson {
  private config?: Record<string, string>;
  private readonly steps: object[] = [];
  private readonly diagnostics: object[] = [];
  private changeSummary: object = {};
  private readonly begun = performance.now();

  constructor(private readonly showSecrets: boolean) {}

  event(event: EngineEvent): void {
    if (event.kind === "prelude" && Object.keys(event.config).length > 0) this.config = event.config;
    if (event.kind === "resourcePre" && isListed(event.metadata)) this.steps.push(this.step(event.metadata));
    if (event.kind === "diagnostic" && event.severity !== "debug" && !event.ephemeral) {
      const message = severityPrefix(event.severity) + event.message;
      this.diagnostics.push({ ...(event.urn ? { urn: event.urn } : {}), message, severity: event.severity });
    }
    if (event.kind === "summary") this.changeSummary = event.resourceChanges;
  }

  text(): string {
    const preview = {
      ...(this.config ? { config: this.config } : {}),
      steps: this.steps,
      ...(this.diagnostics.length > 0 ? { diagnostics: this.diagnostics } : {}),
      duration: Math.round((performance.now() - this.begun) * 1e6),
      changeSummary: this.changeSummary,
    };
    return `${JSON.stringify(preview, undefined, 4)}\n`;
  }

  private step({ op, urn, provider, old, new: now, keys, diffs, detailedDiff }: StepMetadata): object {
    return {
      op,
      urn,
      ...(provider ? { provider } : {}),
      ...(old ? { oldState: this.state(old) } : {}),
      ...(now ? { newState: this.state(op === "replace" ? now : asRegistered(now)) } : {}),
      ...(diffs?.length ? { diffReasons: diffs } : {}),
      ...(keys?.length ? { replaceReasons: keys } : {}),
      detailedDiff: detailedDiff && kinds(detailedDiff),
    };
  }

  /** As in a state file, with `[secret]` where that has ciphertext. */
  private state(resource: ResourceState): object {
    const hidden = (map: ResourceState["inputs"]) => map && (this.hide(map) as ResourceState["inputs"]);
    const shown = { ...resource, inputs: hidden(resource.inputs), outputs: hidden(resource.outputs) };
    return encodeResource(shown, { encrypt: () => "", decrypt: () => "" });
  }

  private hide(value: PropertyValue): PropertyValue {
    if (isSecret(value)) return this.showSecrets ? this.hide(value.value) : "[secret]";
    if (Array.isArray(value)) return value.map((entry) => this.hide(entry));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, this.hide(entry)]));
  }
}

/** What the step will make of it is not known before it has run. */
function asRegistered(state: ResourceState): ResourceState {
  return { ...state, id: undefined, outputs: undefined };
}

/** Changes as they are counted, and the stack itself. */
function isListed({ op, urn, type, logical }: StepMetadata): boolean {
  return logical && !isDefaultProvider(urn) && (op !== "same" || type === STACK_TYPE);
}

function kinds(diff: NonNullable<StepMetadata["detailedDiff"]>): object {
  return Object.fromEntries(
    Object.entries(diff).map(([path, { diffKind, inputDiff }]) => [path, { kind: diffKind, inputDiff }]),
  );
}
