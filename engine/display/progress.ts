import type { EngineEvent, StepMetadata } from "../events";
import { isDefaultProvider, STACK_TYPE } from "./operation-text";
import { ResourceRow } from "./resource-row";

type SummaryEvent = Extract<EngineEvent, { kind: "summary" }>;

/** What is known of a running deployment, from its events alone. */
export class Progress {
  readonly rows = new Map<string, ResourceRow>();
  over = false;
  summary?: SummaryEvent;

  /**
   * @param stackUrn Diagnostics without a resource belong to it.
   * @param preview Nothing is changed: steps are planned, not run.
   */
  constructor(
    readonly stackUrn: string,
    readonly preview: boolean,
  ) {}

  /** The row that the event changed, when there is something new to show of it. */
  apply(event: EngineEvent, now: number): ResourceRow | undefined {
    switch (event.kind) {
      case "resourcePre":
        return this.begin(event.metadata, now);
      case "resOutputs":
        return this.end(event.metadata, now);
      case "resOpFailed":
        return this.fail(event.metadata, now);
      case "diagnostic":
        return this.diagnose(event);
      case "summary":
        this.summary = event;
        return undefined;
      case "prelude":
      case "cancel":
        return undefined;
    }
  }

  get stack(): ResourceRow {
    return this.row(this.stackUrn);
  }

  private row(urn: string): ResourceRow {
    let row = this.rows.get(urn);
    if (!row) {
      row = new ResourceRow(urn);
      this.rows.set(urn, row);
    }
    return row;
  }

  private begin(step: StepMetadata, now: number): ResourceRow | undefined {
    if (isDefaultProvider(step.urn)) return undefined;
    const row = this.row(step.urn);
    row.step = step;
    row.ended = false;
    row.startedAt = now;
    return step.op === "same" ? undefined : row;
  }

  private end(step: StepMetadata, now: number): ResourceRow | undefined {
    if (isDefaultProvider(step.urn)) return undefined;
    const row = this.row(step.urn);
    const refreshed = row.step?.op === "refresh";
    if (step.op === "replace") row.replacement = step;
    row.step = step;
    if (step.type !== STACK_TYPE || step.op === "delete") row.ended = true;
    row.endedAt = now;
    // A preview's outputs and those of what did not change would only repeat the line before.
    const custom = (step.new ?? step.old)?.custom ?? false;
    return refreshed || (!this.preview && (!step.new || custom) && step.op !== "same") ? row : undefined;
  }

  private fail(step: StepMetadata, now: number): ResourceRow {
    const row = this.row(step.urn);
    row.step ??= step;
    row.failed = true;
    row.ended = step.type !== STACK_TYPE;
    row.endedAt = now;
    return row;
  }

  private diagnose(event: EngineEvent & { kind: "diagnostic" }): ResourceRow | undefined {
    const { urn, message, severity, ephemeral = false } = event;
    if (severity === "debug") return undefined;
    const row = this.row(urn && !isDefaultProvider(urn) ? urn : this.stackUrn);
    row.last = { message, severity, ephemeral };
    if (!ephemeral) row.diagnostics.push(row.last);
    return row;
  }
}
