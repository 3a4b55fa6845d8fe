import type { Goal } from "./goal";
import { changedKeys, inputDiff } from "./input-diff";
import { containsPath, parsePropertyPath } from "./property-path";
import { containsUnknown, type PropertyMap, withoutSecrets } from "./property-value";
import type { DiffKind, DiffResult } from "./provider";
import type { Providers } from "./providers";
import type { ResourceState } from "./state";
import type { StepDiff } from "./step";
import { isProviderType, packageOf, type Urn } from "./urn";

export interface Verdict {
  action: "same" | "update" | "replace";
  /** What the provider says of the order of a replacement. */
  deleteBeforeReplace: boolean;
  why: StepDiff;
}

/** What is to be done with a resource that exists; `inputs` are checked. */
export async function diff(
  goal: Goal,
  old: ResourceState,
  inputs: PropertyMap,
  context: { providers: Providers; replaced: ReadonlySet<Urn> },
): Promise<Verdict> {
  const forced = await forcedReplacement(goal, old, context.providers, context.replaced);
  if (forced) return { action: "replace", deleteBeforeReplace: false, why: { keys: [forced] } };

  const said = replaceOnChanges(await ask(goal, old, inputs, context.providers), goal.replaceOnChanges, old);
  const why: StepDiff = { keys: said.replaces, diffs: said.diffs, detailedDiff: said.detailedDiff };
  const deleteBeforeReplace = said.deleteBeforeReplace ?? false;
  if (isReplacement(said) || old.pendingReplacement) return { action: "replace", deleteBeforeReplace, why };
  if (said.changes === "some") return { action: "update", deleteBeforeReplace, why };
  // What a create or update left unfinished is done again.
  return { action: old.initErrors?.length ? "update" : "same", deleteBeforeReplace, why: {} };
}

async function forcedReplacement(
  goal: Goal,
  old: ResourceState,
  providers: Providers,
  replaced: ReadonlySet<Urn>,
): Promise<string | undefined> {
  if (goal.replaceWith.some((urn) => replaced.has(urn))) return "replaceWith";
  if (goal.deletedWith && replaced.has(goal.deletedWith)) return "deletedWith";
  if (goal.custom && (await providers.changeNeedsReplacement(old.provider ?? "", goal.provider))) return "provider";
  return undefined;
}

/** The provider's answer, about plain values. */
async function ask(goal: Goal, old: ResourceState, inputs: PropertyMap, providers: Providers): Promise<DiffResult> {
  const oldInputs = withoutSecrets(old.inputs ?? {});
  const newInputs = withoutSecrets(inputs);
  if (!goal.custom) {
    const changed = changedKeys(oldInputs, newInputs).length > 0 || containsUnknown(newInputs);
    return { changes: changed ? "some" : "none" };
  }
  if (isProviderType(goal.type)) return providers.diffConfig(packageOf(goal.type), oldInputs, newInputs);
  const provider = await providers.get(goal.provider);
  if (provider === "unconfigured") return inputDiff(oldInputs, newInputs);
  const said = await provider.diff({
    urn: goal.urn,
    type: goal.type,
    id: old.id ?? "",
    oldInputs,
    oldOutputs: withoutSecrets(old.outputs ?? {}),
    newInputs,
    ignoreChanges: goal.ignoreChanges,
  });
  return said.changes === "unknown" ? inputDiff(oldInputs, newInputs) : said;
}

const REPLACING: Record<DiffKind, DiffKind> = {
  add: "add-replace",
  "add-replace": "add-replace",
  delete: "delete-replace",
  "delete-replace": "delete-replace",
  update: "update-replace",
  "update-replace": "update-replace",
};

/** Turns the changes that `replaceOnChanges` names into reasons for a replacement. */
export function replaceOnChanges(said: DiffResult, paths: readonly string[], old: ResourceState): DiffResult {
  const patterns = paths.map(parsePropertyPath);
  if (patterns.length === 0) return said;
  const replaces = new Set(said.replaces);
  if (old.initErrors?.length && paths.includes("#initerror")) replaces.add("#initerror");
  let detailedDiff = said.detailedDiff;
  if (said.changes === "some") {
    const named = (path: string) => patterns.some((pattern) => containsPath(pattern, parsePropertyPath(path)));
    if (detailedDiff) {
      detailedDiff = Object.fromEntries(
        Object.entries(detailedDiff).map(([path, entry]) => [
          path,
          named(path) ? { ...entry, kind: REPLACING[entry.kind] } : entry,
        ]),
      );
    }
    for (const key of said.diffs ?? []) if (named(key)) replaces.add(key);
  }
  return { ...said, replaces: [...replaces], detailedDiff };
}

export function isReplacement(said: DiffResult): boolean {
  return (
    (said.replaces?.length ?? 0) > 0 ||
    Object.values(said.detailedDiff ?? {}).some(({ kind }) => kind.endsWith("-replace"))
  );
}
