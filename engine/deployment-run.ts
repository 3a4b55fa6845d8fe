import { performance } from "node:perf_hooks";
import { Applier } from "./apply";
import { Calls } from "./apply-calls";
import type { DeploymentOptions, DeploymentResult } from "./deployment";
import { runDeletes } from "./deployment-deletes";
import { runRefresh } from "./deployment-refresh";
import { runUpdate } from "./deployment-update";
import type { EngineEvent } from "./events";
import { Halt } from "./halt";
import { Journal } from "./journal";
import { Targets } from "./plan-targets";
import { programDirectory } from "./program/launch";
import { Providers } from "./providers";
import { settlePending } from "./settle-pending";
import { Slots } from "./slots";
import { isProviderType, packageOf, providerReference, STACK_TYPE } from "./urn";

/** What the parts of a deployment share. */
export interface DeploymentContext {
  options: DeploymentOptions;
  preview: boolean;
  journal: Journal;
  providers: Providers;
  calls: Calls;
  applier: Applier;
  targets: Targets;
  slots: Slots;
  /** Steps that only compute wait for a core, and keep none of the others waiting; one at a time means both. */
  computing: Slots;
  computes(type: string): boolean;
  halt: Halt;
  emit(event: EngineEvent): void;
  /**
   * Does `work` for each item, as many at once as there are slots, and for no further one after the halt. A rejection is
   * one too, and comes out when all that was begun is done.
   */
  runAll<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void>;
  /** Says what keeps the deployment from succeeding, and fails it. */
  fail(message: string, urn?: string): void;
}

/** One deployment from its base to its summary. */
export class DeploymentRun {
  private failed = false;
  private readonly context: DeploymentContext;

  constructor(private readonly options: DeploymentOptions) {
    const preview = options.writer === undefined;
    const journal = new Journal(options.base, options.writer);
    const terminate = options.terminate ?? new AbortController().signal;
    const providers = new Providers(options.packages, { directory: programDirectory(options.project), terminate });
    const { emit } = options;
    const calls = new Calls({ providers, emit, terminate });
    const slots = new Slots(options.parallel);
    this.context = {
      ...{ options, preview, journal, providers, calls, emit },
      applier: new Applier({ journal, providers, calls, preview, emit }),
      targets: new Targets({ ...options, dependents: options.targetDependents }, journal.base),
      slots,
      computing: options.parallel === 1 ? slots : new Slots(options.parallel),
      computes: (type) => options.packages.computes(packageOf(type)),
      halt: new Halt(),
      runAll: (items, work) => this.runAll(items, work),
      fail: (message, urn) => this.fail(message, urn),
    };
  }

  async run(): Promise<DeploymentResult> {
    const started = performance.now();
    const { journal, halt, providers, preview } = this.context;
    const { signal, kind } = this.options;
    const cancel = () => halt.now("canceled");
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) cancel();
    try {
      for (const { state } of journal.base) {
        if (isProviderType(state.type))
          await providers.know(providerReference(state.urn, state.id ?? ""), state.inputs ?? {});
      }
      if (kind !== "refresh" && !preview) await settlePending(this.context);
      await this.work();
      if (!preview) await journal.save();
    } finally {
      signal.removeEventListener("abort", cancel);
      this.options.program?.discard();
      await providers.closeAll();
    }
    return this.result(halt.reason === "canceled", (performance.now() - started) / 1000);
  }

  private async work(): Promise<void> {
    const { kind, refreshFirst, clearPendingCreates } = this.options;
    const { journal } = this.context;
    if (kind === "refresh" && clearPendingCreates) journal.clearPendingCreates();
    if (kind === "refresh" || refreshFirst) await runRefresh(this.context);
    if (this.hasFailed) return;
    if (kind === "update" || kind === "preview") await runUpdate(this.context);
    if (kind === "destroy") await runDeletes(this.context, () => false);
    for (const target of this.context.targets.unmatched()) this.fail(`no resource matches the target '${target}'`);
    if (kind === "update" && clearPendingCreates && !this.hasFailed) journal.clearPendingCreates();
  }

  private async runAll<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    const { slots, halt } = this.context;
    const begun = items.map((item) =>
      slots.run(async () => {
        if (halt.isHalted) return;
        await work(item).catch((error) => {
          halt.now("failed");
          throw error;
        });
      }),
    );
    await Promise.allSettled(begun);
    await Promise.all(begun);
  }

  private get hasFailed(): boolean {
    return this.failed || this.context.halt.isHalted || this.context.applier.failed;
  }

  private fail(message: string, urn?: string): void {
    this.failed = true;
    this.options.emit({ kind: "diagnostic", urn, message, severity: "error" });
  }

  private result(canceled: boolean, durationSeconds: number): DeploymentResult {
    const { preview, applier, journal } = this.context;
    if (applier.failed) this.fail(preview ? "preview failed" : "update failed");
    // A program that ended badly may have told its error itself.
    const result = this.hasFailed ? "failed" : "succeeded";
    this.options.emit({
      kind: "summary",
      maybeCorrupt: applier.maybeCorrupt,
      durationSeconds: Math.floor(durationSeconds),
      resourceChanges: applier.changes,
      isPreview: preview,
      result,
    });
    this.options.emit({ kind: "cancel" });
    const after = journal.snapshot();
    const stack = after.resources.find(({ type }) => type === STACK_TYPE);
    return {
      ...{ result, canceled, durationSeconds, changes: applier.changes },
      snapshot: preview ? this.options.base : after,
      outputs: stack && { ...stack.outputs },
    };
  }
}
