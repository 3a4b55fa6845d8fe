import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Calls } from "./apply-calls";
import { previewCreate, previewUpdate } from "./apply-preview";
import type { Journal, Row } from "./journal";
import { type PropertyMap, UNKNOWN } from "./property-value";
import { type Providers, withoutInternal } from "./providers";
import { markNamedSecrets, markSecrets } from "./secret-marks";
import type { OperationType, ResourceState } from "./state";
import { rfc3339 } from "./state/timestamp";
import type { Step } from "./step";
import { StepFailure, UnfinishedStep } from "./step-failure";
import { isProviderType, providerReference } from "./urn";

export interface StepContext {
  journal: Journal;
  providers: Providers;
  calls: Calls;
  preview: boolean;
}

/** Does what a step says: records the intent, calls the provider, records the result. */
export class StepRunner {
  constructor(private readonly context: StepContext) {}

  /** Rejects with a `StepFailure`, or with what kept the state from being written. */
  async run(step: Exclude<Step, { kind: "skip" }>): Promise<void> {
    switch (step.kind) {
      case "same":
        return this.same(step);
      case "create":
        return this.create(step.row, step.replaced);
      case "update":
        return this.update(step);
      case "replace":
        return;
      case "delete":
        return this.delete(step);
      case "forget":
        this.context.journal.remove(step.row);
        return this.context.journal.save();
    }
  }

  private async same(step: Extract<Step, { kind: "same" }>): Promise<void> {
    const { journal, providers } = this.context;
    const { row, old } = step;
    // A value may have become a secret, which is no change to a provider. What is no target stays as it is.
    if (step.next !== old) step.next = remarked(step.next);
    const { next } = step;
    if (isProviderType(next.type)) await providers.know(providerReference(next.urn, next.id ?? ""), next.inputs ?? {});
    journal.finish(row, isRecorded(old, next) ? old : next);
    if (row.state !== old) await journal.save();
  }

  private async create(row: Row, replaced: Row | undefined): Promise<void> {
    const { journal, calls, preview } = this.context;
    const wanted = row.state;
    const now = rfc3339();
    if (!wanted.custom) {
      this.finishNew(row, replaced, { ...wanted, created: now, modified: now });
      return journal.save();
    }
    if (isProviderType(wanted.type)) return this.createProvider(row, replaced);
    if (preview) {
      const outputs = marked(await previewCreate(wanted, this.context.providers), wanted);
      return this.finishNew(row, replaced, { ...wanted, outputs });
    }
    await this.pending("creating", wanted, async () => {
      const { id, outputs, failure } = await calls.create(wanted);
      const time = rfc3339();
      const created = { ...wanted, id, outputs: marked(outputs, wanted), created: time, modified: time };
      this.finishNew(row, replaced, failure ? { ...created, initErrors: failure.reasons } : created);
      if (failure) throw new StepFailure(failure.message, 1);
    });
  }

  private async createProvider(row: Row, replaced: Row | undefined): Promise<void> {
    const { journal, providers, preview } = this.context;
    const wanted = row.state;
    const id = preview ? UNKNOWN : randomUUID();
    const now = rfc3339();
    const outputs = withoutInternal(wanted.inputs ?? {});
    this.finishNew(row, replaced, { ...wanted, id, outputs, created: now, modified: now });
    await providers.know(providerReference(wanted.urn, id), wanted.inputs ?? {});
    await journal.save();
  }

  private finishNew(row: Row, replaced: Row | undefined, state: ResourceState): void {
    const { journal } = this.context;
    journal.finish(row, state);
    if (!replaced) return;
    if (replaced.state.pendingReplacement) {
      journal.remove(replaced);
      journal.rename(replaced.state.urn, state.urn);
    } else journal.amend(replaced, { ...replaced.state, delete: true });
  }

  private async update(step: Extract<Step, { kind: "update" }>): Promise<void> {
    const { journal, calls, preview, providers } = this.context;
    const { row, old, next } = step;
    if (!next.custom || isProviderType(next.type)) {
      const outputs = next.custom ? withoutInternal(next.inputs ?? {}) : next.outputs;
      if (next.custom) await providers.know(providerReference(next.urn, next.id ?? ""), next.inputs ?? {});
      return this.settle(step, { ...next, outputs, modified: rfc3339() });
    }
    if (preview) {
      step.next = { ...next, outputs: marked(await previewUpdate(old, next, providers), next) };
      return journal.finish(row, step.next);
    }
    await this.pending("updating", next, async () => {
      const { outputs, failure } = await calls.update(old, next, step.ignoreChanges);
      const updated = { ...next, outputs: marked(outputs, next), modified: rfc3339() };
      // The old inputs stay, so that the next run sees the difference again.
      step.next = failure ? { ...updated, inputs: old.inputs, initErrors: failure.reasons } : updated;
      journal.finish(row, step.next);
      if (failure) throw new StepFailure(failure.message, 1);
    });
  }

  private async settle(step: Extract<Step, { kind: "update" }>, next: ResourceState): Promise<void> {
    step.next = next;
    this.context.journal.finish(step.row, next);
    await this.context.journal.save();
  }

  private async delete({ row, half, callProvider }: Extract<Step, { kind: "delete" }>): Promise<void> {
    const { journal, calls, preview } = this.context;
    const { state } = row;
    if (state.protect && !half) throw protectedFailure(state.urn, preview);
    if (preview) return this.deleted(row, half);
    if (!callProvider || isProviderType(state.type)) {
      this.deleted(row, half);
      return journal.save();
    }
    await this.pending("deleting", state, async () => {
      await calls.delete(state);
      this.deleted(row, half);
    });
  }

  /** Does `work`, of which the state tells until it has ended: of one that nobody waits for, it tells the next run. */
  private async pending(type: OperationType, resource: ResourceState, work: () => Promise<void>): Promise<void> {
    const { journal } = this.context;
    const operation = await journal.begin(type, resource);
    let hasEnded = true;
    try {
      await work();
    } catch (error) {
      hasEnded = !(error instanceof UnfinishedStep);
      throw error;
    } finally {
      if (hasEnded) journal.end(operation);
      await journal.save();
    }
  }

  /** The old half of a delete-before-replace stays until the new one is made: the next run must know that it is gone. */
  private deleted(row: Row, half: boolean): void {
    const { journal } = this.context;
    if (half && !row.state.delete) journal.amend(row, { ...row.state, pendingReplacement: true });
    else journal.remove(row);
  }
}

function marked(outputs: PropertyMap, state: ResourceState): PropertyMap {
  return markNamedSecrets(markSecrets(outputs, state.inputs ?? {}), state.additionalSecretOutputs ?? []);
}

function remarked(state: ResourceState): ResourceState {
  if (!state.custom || !state.outputs) return state;
  return { ...state, outputs: marked(state.outputs, state) };
}

/** Where the program has it and the times say nothing about the resource: a change of these alone is not written. */
function isRecorded(old: ResourceState, next: ResourceState): boolean {
  const comparable = ({ sourcePosition: _, stackTrace: __, ...rest }: ResourceState) => rest;
  return isDeepStrictEqual(comparable(old), comparable(next));
}

function protectedFailure(urn: string, preview: boolean): StepFailure {
  const message =
    `resource "${urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, either remove the ` +
    "`protect` flag from the resource in your Pulumi program and run `pulumi up`, or use the command:\n" +
    `\`pulumi state unprotect '${urn}'\``;
  return new StepFailure(preview ? `Preview failed: ${message}` : message, 0, true);
}
