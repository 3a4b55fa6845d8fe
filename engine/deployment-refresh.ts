import { isDeepStrictEqual } from "node:util";
import type { DeploymentContext } from "./deployment-run";
import type { Operation, StepMetadata } from "./events";
import type { Row } from "./journal";
import { withoutSecrets } from "./property-value";
import type { DiffKind, DiffResult } from "./provider";
import { withoutReferences } from "./references";
import type { ResourceState } from "./state";
import { rfc3339 } from "./state/timestamp";
import { StepFailure } from "./step-failure";
import { isProviderType } from "./urn";

/**
 * Reads every resource and takes over what is found: changed inputs and outputs, and that some are gone. In a refresh
 * each counts as `same`, `update` or `delete`; before an update none counts.
 */
export async function runRefresh(context: DeploymentContext): Promise<void> {
  const { journal, targets } = context;
  const gone: Row[] = [];
  const rows = journal.base.filter((row) => targets.includesDelete(row.state));
  await context.runAll(rows, async (row) => {
    if (!(await refresh(context, row))) gone.push(row);
  });
  forget(context, gone);
}

/** Resolves to whether the resource is still there. */
async function refresh({ applier, journal, options, preview, emit, calls, halt }: DeploymentContext, row: Row) {
  const old = row.state;
  emit({ kind: "resourcePre", metadata: metadata("refresh", old, old), planning: preview });
  try {
    const { state, diff } = isReadable(old) ? await read(calls, old) : { state: old, diff: undefined };
    if (state) journal.amend(row, state);
    const op: Operation = state === undefined ? "delete" : diff?.changes === "some" ? "update" : "same";
    const counted = options.kind === "refresh";
    if (counted) applier.count(op, old.urn);
    const shown = { ...metadata(counted ? op : "refresh", old, state ?? null), ...shownDiff(diff) };
    emit({ kind: "resOutputs", metadata: shown, planning: preview });
    return state !== undefined;
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    applier.fail(metadata("refresh", old, old), error);
    if (!options.continueOnError) halt.now("failed");
    return true;
  }
}

function isReadable(state: ResourceState): boolean {
  return state.custom && !isProviderType(state.type) && !state.pendingReplacement;
}

async function read(
  calls: DeploymentContext["calls"],
  old: ResourceState,
): Promise<{ state: ResourceState | undefined; diff: DiffResult | undefined }> {
  const found = await calls.read(old);
  if (!found) return { state: undefined, diff: undefined };
  const { initErrors: _, ...rest } = old;
  const next: ResourceState = { ...rest, ...found };
  const unchanged = isDeepStrictEqual(old, next);
  const state = unchanged ? old : { ...next, modified: rfc3339() };
  return { state, diff: inverted(await calls.diff(state, withoutSecrets(old.inputs ?? {}))) };
}

const INVERSE: Partial<Record<DiffKind, DiffKind>> = {
  add: "delete",
  "add-replace": "delete-replace",
  delete: "add",
  "delete-replace": "add-replace",
};

/** A difference from what is there to what was wanted, as one from what was wanted to what is there. */
function inverted(diff: DiffResult): DiffResult {
  if (!diff.detailedDiff) return diff;
  const entries = Object.entries(diff.detailedDiff);
  const detailedDiff = Object.fromEntries(
    entries.map(([path, entry]) => [path, { ...entry, kind: INVERSE[entry.kind] ?? entry.kind }]),
  );
  return { ...diff, detailedDiff };
}

/** Others no longer depend on what is gone; its children go to its parent. A name means the new half of a replacement. */
function forget({ journal }: DeploymentContext, gone: Row[]): void {
  if (gone.length === 0) return;
  const parents = new Map(gone.map(({ state }) => [state.urn, state.parent]));
  for (const row of gone) journal.remove(row);
  for (const row of journal.base) if (!journal.isRemoved(row) && !row.state.delete) parents.delete(row.state.urn);
  for (const row of journal.base) journal.amend(row, withoutReferences(row.state, parents));
}

function metadata(op: Operation, old: ResourceState, next: ResourceState | null): StepMetadata {
  const { urn, type, provider = "" } = old;
  return { op, urn, type, old, new: next, detailedDiff: null, logical: false, provider };
}

function shownDiff(diff: DiffResult | undefined): Partial<StepMetadata> {
  if (!diff) return {};
  const entries = Object.entries(diff.detailedDiff ?? {});
  const detailedDiff = Object.fromEntries(
    entries.map(([path, { kind, inputDiff }]) => [path, { diffKind: kind, inputDiff }]),
  );
  return { ...(diff.diffs?.length && { diffs: diff.diffs }), detailedDiff };
}
