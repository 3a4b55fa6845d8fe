import type { DeploymentContext } from "./deployment-run";
import type { Row } from "./journal";
import { deleteLayers } from "./plan-deletes";
import { references } from "./references";
import type { Step } from "./step";
import { StepFailure } from "./step-failure";
import { providerReference, type Urn } from "./urn";

/** Deletes what nobody wants any more, and the old halves of replacements; resolves to whether all of it went well. */
export async function runDeletes(context: DeploymentContext, isWanted: (row: Row) => boolean): Promise<boolean> {
  const { journal, targets, halt } = context;
  const rows = journal.base.filter((row) => !journal.isRemoved(row));
  const unwanted = (row: Row) => row.state.delete === true || !isWanted(row);
  const condemned = new Set(rows.filter((row) => unwanted(row) && targets.includesDelete(row.state)));
  const left = rows.filter((row) => unwanted(row) && !condemned.has(row));
  if (context.options.only && left.length > 0) sayLeft(context, left);
  const needed = neededBySurvivors(rows, condemned, journal.liveNames());
  if (needed.size > 0 && targets.isLimited) {
    for (const [row, by] of needed) refuseNeeded(context, row, by);
    return false;
  }
  for (const row of needed.keys()) condemned.delete(row);
  let succeeded = true;
  for (const layer of deleteLayers({ rows, isCondemned: (row) => condemned.has(row) })) {
    const steps = layer.filter((step) => step.kind === "skip" || condemned.has(step.row));
    const failed = await runLayer(context, steps);
    if (halt.isHalted) return false;
    if (failed.length === 0) continue;
    succeeded = false;
    if (!context.options.continueOnError) return false;
    for (const row of failed) condemned.delete(row);
    for (const row of neededBySurvivors(rows, condemned, journal.liveNames()).keys()) condemned.delete(row);
  }
  return succeeded;
}

/** All of a layer is tried, whatever fails in it; resolves to what is still there. */
async function runLayer(context: DeploymentContext, layer: Step[]): Promise<Row[]> {
  const failed: Row[] = [];
  await context.runAll(layer, async (step) => {
    if (step.kind === "skip") return;
    try {
      await context.applier.apply(step);
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      failed.push(step.row);
    }
  });
  return failed;
}

/** Condemned rows that something depends on which stays, each with one that does. */
function neededBySurvivors(rows: readonly Row[], condemned: ReadonlySet<Row>, live: ReadonlySet<Urn>): Map<Row, Row> {
  const mentions = new Map<string, Row>();
  const needed = new Map<Row, Row>();
  // A state lists everything after what it depends on: from its end, all mentions of a row come before the row.
  for (const row of [...rows].reverse()) {
    const { urn, id = "" } = row.state;
    // A name means the new half of a replacement, unless that has another one by an alias; a reference with an id means
    // one of the two.
    const isNamed = !row.state.delete || !live.has(urn);
    const by = mentions.get(providerReference(urn, id)) ?? (isNamed ? mentions.get(urn) : undefined);
    if (condemned.has(row)) {
      if (!by) continue;
      needed.set(row, by);
    }
    for (const reference of references(row.state)) {
      const { urn: mentioned, id: instance } = reference;
      mentions.set(instance === undefined ? mentioned : providerReference(mentioned, instance), row);
    }
  }
  return needed;
}

function sayLeft({ emit }: DeploymentContext, left: Row[]): void {
  const names = left.map(({ state }) => state.urn.split("::").at(-1));
  const message = `left for an update of the whole stack to delete: ${names.join(", ")}`;
  emit({ kind: "diagnostic", message, severity: "warning" });
}

function refuseNeeded({ fail }: DeploymentContext, row: Row, by: Row): void {
  fail(
    `cannot be deleted alone, because '${by.state.urn}' depends on it; add --target-dependents to delete that, too`,
    row.state.urn,
  );
}
