import { type StepContext, StepRunner } from "./apply-step";
import type { EngineEvent, Operation, StepMetadata } from "./events";
import { isCounted, metadataOf, plannedMetadataOf, type Step } from "./step";
import { StepFailure } from "./step-failure";

export interface ApplyContext extends StepContext {
  emit(event: EngineEvent): void;
}

/** Runs steps, tells what begins and what comes of it, and counts. */
export class Applier {
  /** Successful logical steps, without default providers. */
  readonly changes: Partial<Record<Operation, number>> = {};
  /** A failed step may have done something that the state does not know. */
  maybeCorrupt = false;
  failed = false;
  private steps = 0;
  private readonly runner: StepRunner;

  constructor(private readonly context: ApplyContext) {
    this.runner = new StepRunner(context);
  }

  /** Rejects with a `StepFailure`, already told, or with what kept the state from being written. */
  async apply(step: Step): Promise<void> {
    const { emit, preview } = this.context;
    if (step.kind === "skip") return;
    const before = plannedMetadataOf(step);
    emit({ kind: "resourcePre", metadata: before, planning: preview });
    try {
      await this.runner.run(step);
    } catch (error) {
      if (error instanceof StepFailure) this.fail(before, error);
      throw error;
    }
    this.count(before.op, before.urn);
    // Components tell their outputs when they register them; in a preview now, too.
    if (preview || hasOutputsNow(step))
      emit({ kind: "resOutputs", metadata: { ...before, ...after(step) }, planning: preview });
  }

  /** Tells the failure of a step. */
  fail(metadata: StepMetadata, { message, status, isRefusal }: StepFailure): void {
    const { emit, preview } = this.context;
    this.failed = true;
    this.maybeCorrupt ||= status === 2;
    emit({ kind: "diagnostic", urn: metadata.urn, message, severity: "error" });
    if (!isRefusal || !preview) emit({ kind: "resOpFailed", metadata, status, steps: this.steps });
  }

  count(op: Operation, urn: string): void {
    if (!isCounted(op, urn)) return;
    this.steps++;
    this.changes[op] = (this.changes[op] ?? 0) + 1;
  }
}

function hasOutputsNow(step: Exclude<Step, { kind: "skip" }>): boolean {
  if (step.kind === "delete" || step.kind === "forget") return true;
  return step.row.state.custom;
}

function after(step: Step): Partial<ReturnType<typeof metadataOf>> {
  const { old, new: next } = metadataOf(step);
  return { old, new: next };
}
