import { type Goal, stateOf } from "./goal";
import type { Row } from "./journal";
import { check } from "./plan-check";
import { isProvidersToDelete } from "./plan-deletes";
import { dependentsToReplace } from "./plan-dependents";
import type { Verdict } from "./plan-diff";
import { PlanError } from "./plan-error";
import type { Targets } from "./plan-targets";
import type { PropertyMap } from "./property-value";
import type { Providers } from "./providers";
import type { Step } from "./step";
import type { Urn } from "./urn";

export interface ReplacementContext {
  base: readonly Row[];
  providers: Providers;
  targets: Targets;
  preview: boolean;
  /** Whether a registration has dealt with it. */
  isSettled(row: Row): boolean;
  /** A refusal that a preview shows without ending; the deployment fails nevertheless. */
  refuse(message: string, urn: Urn): void;
}

/** Decides the steps of replacements, and remembers them. */
export class Replacements {
  /** Everything that is replaced in this run. */
  readonly urns = new Set<Urn>();
  /** Already deleted in this run, because something that they take inputs from is replaced; with those inputs. */
  private readonly condemned = new Map<Row, string[]>();

  constructor(private readonly context: ReplacementContext) {}

  /** Whether it was deleted for the sake of another, and is to be made anew. */
  isCondemned(row: Row): boolean {
    return this.condemned.has(row);
  }

  async replace(goal: Goal, old: Row, { why, deleteBeforeReplace }: Verdict): Promise<Step[]> {
    if (old.state.protect && goal.protect) this.refuse(goal.urn);
    this.urns.add(goal.urn);
    // Again and without the old inputs: what the provider fills in (a name, say) belongs to the old resource.
    const inputs = await check(goal, { old: {}, new: goal.inputs }, this.context.providers);
    const row: Row = { state: stateOf(goal, { inputs }) };
    const create: Step = { kind: "create", row, replaced: old, why };
    const shown: Step = { kind: "replace", row, replaced: old, why };
    if (old.state.pendingReplacement) return [shown, create];
    if (!(goal.deleteBeforeReplace ?? deleteBeforeReplace)) return [create, shown];
    return [...(await this.deleteDependents(old)), deleteHalf(old), shown, create];
  }

  /** Makes anew what was condemned. */
  recreate(goal: Goal, old: Row, inputs: PropertyMap): Step[] {
    this.urns.add(goal.urn);
    const row: Row = { state: stateOf(goal, { inputs }) };
    return [
      { kind: "replace", row, replaced: old, why: {} },
      { kind: "create", row, replaced: old, why: { keys: this.condemned.get(old) } },
    ];
  }

  /** Those that could not survive a delete-before-replace go first, the last made before the others. */
  private async deleteDependents(root: Row): Promise<Step[]> {
    const { providers, base, targets } = this.context;
    const isSettled = (row: Row) => this.context.isSettled(row) || this.condemned.has(row);
    const dependents = await dependentsToReplace(root, base, { providers, isSettled });
    for (const { row, keys } of dependents) {
      const { urn, protect } = row.state;
      if (protect) this.refuse(urn);
      if (!targets.includesDelete(row.state)) {
        const message = `'${urn}' has to be replaced with it and is not a target; add --target '${urn}'`;
        throw new PlanError(message, root.state.urn);
      }
      this.condemned.set(row, keys);
    }
    return dependents.reverse().map(({ row }) => deleteHalf(row));
  }

  private refuse(urn: Urn): void {
    const message =
      `unable to replace resource "${urn}"\nas it is currently marked for protection. To unprotect the resource, ` +
      "remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`";
    if (!this.context.preview) throw new PlanError(message, urn);
    this.context.refuse(message, urn);
  }
}

/** Deletes the old half of a replacement before the new one is made. */
function deleteHalf(row: Row): Step {
  return { kind: "delete", row, half: true, callProvider: isProvidersToDelete(row.state) };
}
