import type { DeploymentContext } from "./deployment-run";
import { pendingWarning } from "./pending-warning";
import type { PendingOperation } from "./state";
import { StepFailure } from "./step-failure";
import { parseUrn } from "./urn";

/** First part of the types of Slipway's own components. */
const OWN = "slipway:";

/**
 * Ends what a killed run had begun with resources of Slipway's own components, so that nobody has to mend a state by
 * hand: what a create had made is removed, for the program asks for it again, and a delete is done again. Each of
 * them can be. Operations on other resources stay as they are, and are warned of.
 */
export async function settlePending(context: DeploymentContext): Promise<void> {
  const { options, journal, emit } = context;
  const left: PendingOperation[] = [];
  for (const operation of options.base.pendingOperations) {
    if (!parseUrn(operation.resource.urn).qualifiedType.startsWith(OWN)) {
      left.push(operation);
      continue;
    }
    try {
      if (operation.type === "creating") await undoCreate(context, operation);
      if (operation.type === "deleting") await redoDelete(context, operation);
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      emit({ kind: "diagnostic", severity: "warning", urn: operation.resource.urn, message: error.message });
      left.push(operation);
      journal.keep(operation);
    }
  }
  if (left.length > 0) emit({ kind: "diagnostic", severity: "warning", message: pendingWarning(left) });
  await journal.save();
}

async function undoCreate({ calls, journal, emit }: DeploymentContext, operation: PendingOperation): Promise<void> {
  const { resource } = operation;
  const id = await calls.find(resource);
  // Another engine, or a run that could not look for it, may have made it since: then it is the stack's.
  const isKnown = journal.base.some(({ state }) => state.urn === resource.urn && state.id === id);
  if (id !== undefined && !isKnown) {
    await calls.delete({ ...resource, id, outputs: resource.inputs });
    const message = `removed ${id.slice(0, 12)}, which a killed run had begun to create`;
    emit({ kind: "diagnostic", severity: "info", urn: resource.urn, message });
  }
  journal.end(operation);
}

async function redoDelete({ calls, journal }: DeploymentContext, { resource }: PendingOperation): Promise<void> {
  const row = journal.base.find(({ state }) => state.urn === resource.urn && state.id === resource.id);
  if (!row) return;
  await calls.delete(row.state);
  // What depends on it keeps its place in the state until the program was asked whether it is wanted again.
  if (row.state.delete) journal.remove(row);
  else journal.amend(row, { ...row.state, pendingReplacement: true });
}
