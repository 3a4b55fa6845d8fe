import { type Goal, stateOf } from "./goal";
import type { Row } from "./journal";
import { check } from "./plan-check";
import { diff } from "./plan-diff";
import { duplicate, PlanError } from "./plan-error";
import { Replacements } from "./plan-replace";
import type { Targets } from "./plan-targets";
import { withIgnoredChanges } from "./property-path";
import type { Providers } from "./providers";
import { references } from "./references";
import { isLogical, operationOf, type Step } from "./step";
import type { Urn } from "./urn";

export interface PlanContext {
  base: readonly Row[];
  providers: Providers;
  targets: Targets;
  preview: boolean;
  /** A refusal that a preview shows without ending; the deployment fails nevertheless. */
  refuse(message: string, urn: Urn): void;
}

/** Decides what each registration of the program takes. Registrations must be handed over one at a time. */
export class Planner {
  /** What the state has, by URN, without the old halves of replacements. */
  private readonly existing = new Map<Urn, Row>();
  private readonly registered = new Set<Urn>();
  private readonly matched = new Set<Row>();
  private readonly skipped = new Set<Urn>();
  private readonly replacements: Replacements;

  constructor(private readonly context: PlanContext) {
    for (const row of context.base) if (!row.state.delete) this.existing.set(row.state.urn, row);
    this.replacements = new Replacements({ ...context, isSettled: (row) => this.matched.has(row) });
  }

  /** Whether a registration has asked for it, under this name or as its alias. */
  isWanted(row: Row): boolean {
    return this.matched.has(row);
  }

  /** For a registration that takes no step, because what it depends on failed: what the state has of it stays. */
  keep(goal: Goal): void {
    this.enter(goal);
  }

  async decide(goal: Goal): Promise<Step[]> {
    const steps = await this.stepsFor(goal);
    const change = steps.map(operationOf).find((op) => op !== "same" && isLogical(op));
    const refusal = change && this.context.targets.refusal(change, stateOf(goal, {}));
    if (refusal !== undefined) throw new PlanError(refusal, goal.urn);
    return steps;
  }

  private async stepsFor(goal: Goal): Promise<Step[]> {
    const row = this.enter(goal);
    if (!this.context.targets.includesRegistration(row?.state ?? stateOf(goal, {}))) return [this.leave(goal, row)];
    this.refuseSkippedDependencies(goal);

    const { providers } = this.context;
    if (!row) {
      const inputs = await check(goal, { old: {}, new: goal.inputs }, providers);
      return [{ kind: "create", row: { state: stateOf(goal, { inputs }) }, why: {} }];
    }
    const old = row.state;
    if (old.external) {
      throw new PlanError("a resource that was read becomes one that is managed; use Pulumi's CLI for this", goal.urn);
    }
    const wanted = withIgnoredChanges(goal.inputs, old.inputs ?? {}, goal.ignoreChanges);
    if (this.replacements.isCondemned(row)) {
      return this.replacements.recreate(goal, row, await check(goal, { old: {}, new: wanted }, providers));
    }
    const inputs = await check(goal, { old: old.inputs ?? {}, new: wanted }, providers);
    const verdict = await diff(goal, old, inputs, { providers, replaced: this.replacements.urns });
    if (verdict.action === "replace") return this.replacements.replace(goal, row, verdict);
    const { id, outputs, created, modified } = old;
    if (verdict.action === "update") {
      const next = stateOf(goal, { id, inputs, outputs, created, modified });
      return [{ kind: "update", row, old, next, ignoreChanges: goal.ignoreChanges, why: verdict.why }];
    }
    return [{ kind: "same", row, old, next: stateOf(goal, { id, inputs, outputs, created, modified }) }];
  }

  /** What the state has of it, by its own URN, then by its aliases; nobody else may claim that any more. */
  private enter(goal: Goal): Row | undefined {
    if (this.registered.has(goal.urn)) throw duplicate(goal.urn);
    this.registered.add(goal.urn);
    for (const urn of [goal.urn, ...goal.aliases]) {
      const row = this.existing.get(urn);
      if (!row) continue;
      if (this.matched.has(row) || (urn !== goal.urn && this.registered.has(urn))) {
        throw new PlanError(
          `two resources of the program claim '${urn}', one by an alias; remove one of the two`,
          goal.urn,
        );
      }
      this.matched.add(row);
      return row;
    }
    return undefined;
  }

  private leave(goal: Goal, row: Row | undefined): Step {
    if (row) return { kind: "same", row, old: row.state, next: row.state };
    this.skipped.add(goal.urn);
    return { kind: "skip", next: stateOf(goal, {}) };
  }

  private refuseSkippedDependencies(goal: Goal): void {
    const missing = references(stateOf(goal, {})).find(({ urn }) => this.skipped.has(urn));
    if (missing) {
      throw new PlanError(
        `depends on '${missing.urn}', which does not exist and is not a target; add --target '${missing.urn}'`,
        goal.urn,
      );
    }
  }
}
