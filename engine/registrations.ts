import type { Applier } from "./apply";
import type { EngineEvent } from "./events";
import type { Goal } from "./goal";
import type { Halt } from "./halt";
import type { Journal, Row } from "./journal";
import type { Planner } from "./plan";
import type { PropertyMap } from "./property-value";
import { references } from "./references";
import { Slots } from "./slots";
import type { ResourceState } from "./state";
import { metadataOf, type Step } from "./step";
import { StepFailure } from "./step-failure";
import { STACK_TYPE, type Urn } from "./urn";

/** What a registration came to. */
export interface Registered {
  state: ResourceState;
  /** `failed` and `skipped` only when failures do not end the run. */
  outcome: "done" | "failed" | "skipped" | "untargeted";
}

export interface RegistrationContext {
  planner: Planner;
  applier: Applier;
  journal: Journal;
  /** Of steps that wait for something; those that compute have their own. */
  slots: Slots;
  /** Of steps whose package computes in this process. */
  computing: Slots;
  computes(type: string): boolean;
  halt: Halt;
  preview: boolean;
  continueOnError: boolean;
  emit(event: EngineEvent): void;
  fail(message: string, urn?: Urn): void;
}

/** As Pulumi says it. */
const ID_NOT_SECRET = "The 'id' property cannot be made secret. See pulumi/pulumi#2717 for more details.";

/** Takes the registrations of a program: decides one at a time, acts on several at once. */
export class Registrations {
  private readonly turn = new Slots(1);
  private readonly done = new Map<Urn, { row: Row; step: Step }>();
  /** Not there although asked for: failed, or skipped because of one that failed. */
  private readonly missing = new Set<Urn>();
  private stackOutputs: PropertyMap | undefined;

  constructor(private readonly context: RegistrationContext) {}

  get failed(): boolean {
    return this.missing.size > 0;
  }

  /** The resource as it was registered in this run. */
  find(urn: Urn): ResourceState | undefined {
    return this.done.get(urn)?.row.state;
  }

  /** Resolves when nothing that was begun still runs. */
  async settled(): Promise<void> {
    await this.turn.idle();
    await this.context.slots.idle();
    await this.context.computing.idle();
  }

  /** Rejects with the reason of the halt when the deployment ends before it is done. */
  async register(goal: Goal): Promise<Registered> {
    const { planner, halt, continueOnError, emit } = this.context;
    const slots = this.context.computes(goal.type) ? this.context.computing : this.context.slots;
    if (goal.additionalSecretOutputs.includes("id")) {
      emit({ kind: "diagnostic", urn: goal.urn, message: ID_NOT_SECRET, severity: "warning" });
    }
    try {
      const steps = await this.turn.run(async () => {
        halt.check();
        if (!this.dependsOnMissing(goal)) return planner.decide(goal);
        planner.keep(goal);
        return undefined;
      });
      if (!steps) return this.miss(goal, "skipped");
      await slots.run(async () => {
        try {
          for (const step of steps) {
            halt.check();
            await this.context.applier.apply(step);
          }
        } catch (error) {
          // Before the slot is free: with one slot only, the next one in line must already see the halt.
          if (!(error instanceof StepFailure && continueOnError)) this.fail(error, goal.urn);
          throw error;
        }
      });
      return this.record(steps);
    } catch (error) {
      if (error instanceof StepFailure && continueOnError) return this.miss(goal, "failed");
      this.fail(error, goal.urn);
      return halt.never();
    }
  }

  private dependsOnMissing(goal: Goal): boolean {
    if (this.missing.size === 0) return false;
    const urns = references({ ...goal, outputs: {} } as ResourceState).map(({ urn }) => urn);
    return urns.some((urn) => this.missing.has(urn));
  }

  private miss(goal: Goal, outcome: "failed" | "skipped"): Registered {
    this.missing.add(goal.urn);
    return { outcome, state: { urn: goal.urn, custom: goal.custom, type: goal.type } };
  }

  private record(steps: Step[]): Registered {
    const step = steps.at(-1) as Step;
    if (step.kind === "skip") return { outcome: "untargeted", state: step.next };
    // The last step of a replacement may only show it; its row is the one that was made.
    this.done.set(step.row.state.urn, { row: step.row, step });
    return { outcome: "done", state: step.row.state };
  }

  /** Everything that ends the run but is no failure of a step is told here. */
  private fail(error: unknown, urn: Urn): void {
    const { halt, fail } = this.context;
    if (halt.isHalted) return;
    if (!(error instanceof StepFailure)) fail(messageOf(error), urn);
    halt.now("failed");
  }

  async registerOutputs(urn: Urn, outputs: PropertyMap): Promise<void> {
    const { journal, emit, preview } = this.context;
    const done = this.done.get(urn);
    if (!done) {
      // Of a resource that is no target, or that something kept from being made.
      return;
    }
    const { row, step } = done;
    if (row.state.type === STACK_TYPE) {
      this.stackOutputs = outputs;
      return;
    }
    const changed = JSON.stringify(row.state.outputs ?? {}) !== JSON.stringify(outputs);
    if (changed) journal.finish(row, withOutputs(row.state, outputs));
    const metadata = metadataOf(step);
    emit({ kind: "resOutputs", metadata: { ...metadata, new: row.state }, planning: preview });
    if (changed) await journal.save();
  }

  /**
   * The outputs of the stack come last: all of them after a success; after a failure the old ones stay, overlaid with
   * those that are known.
   */
  finishStack(succeeded: boolean): void {
    const { journal, emit, preview } = this.context;
    const done = [...this.done.values()].find(({ row }) => row.state.type === STACK_TYPE);
    if (!done || !this.stackOutputs) return;
    const outputs = succeeded ? this.stackOutputs : { ...done.row.state.outputs, ...this.stackOutputs };
    if (JSON.stringify(done.row.state.outputs ?? {}) !== JSON.stringify(outputs)) {
      journal.finish(done.row, withOutputs(done.row.state, outputs));
    }
    const metadata = { ...metadataOf(done.step), new: done.row.state };
    emit({ kind: "resOutputs", metadata, planning: preview });
  }
}

function withOutputs(state: ResourceState, outputs: PropertyMap): ResourceState {
  const { outputs: _, ...rest } = state;
  return Object.keys(outputs).length > 0 ? { ...rest, outputs } : rest;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
