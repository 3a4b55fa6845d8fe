import type { Row } from "./journal";
import { isReplacement, replaceOnChanges } from "./plan-diff";
import { type PropertyMap, UNKNOWN, withoutSecrets } from "./property-value";
import type { Providers } from "./providers";
import { references } from "./references";
import type { ResourceState } from "./state";
import { isProviderType, type Urn } from "./urn";

export interface CondemnedDependent {
  row: Row;
  /** Its inputs that come from something that is deleted. */
  keys: string[];
}

/**
 * What must be deleted before `root` can be, in the order of the state: resources that would have to be replaced if
 * the inputs they take from it changed. A plain `dependsOn` never forces a replacement.
 */
export async function dependentsToReplace(
  root: Row,
  base: readonly Row[],
  context: { providers: Providers; isSettled(row: Row): boolean },
): Promise<CondemnedDependent[]> {
  const condemned = new Set<Urn>([root.state.urn]);
  const found: CondemnedDependent[] = [];
  for (const row of base.slice(base.indexOf(root) + 1)) {
    const { state } = row;
    if (!state.custom || state.external || state.delete || context.isSettled(row)) continue;
    if (!references(state).some(({ urn }) => condemned.has(urn))) continue;
    const keys = affectedKeys(state, condemned);
    if (isBound(state, condemned) || (keys.length > 0 && (await wouldBeReplaced(state, keys, context.providers)))) {
      condemned.add(state.urn);
      found.push({ row, keys });
    }
  }
  return found;
}

/** Cannot live on while its provider, or what it is deleted with, goes. */
function isBound(state: ResourceState, condemned: ReadonlySet<Urn>): boolean {
  if (state.deletedWith && condemned.has(state.deletedWith)) return true;
  if (((state.replaceWith as Urn[] | undefined) ?? []).some((urn) => condemned.has(urn))) return true;
  return references(state).some(({ urn, id }) => id !== undefined && condemned.has(urn));
}

function affectedKeys(state: ResourceState, condemned: ReadonlySet<Urn>): string[] {
  return Object.entries(state.propertyDependencies ?? {})
    .filter(([, urns]) => urns.some((urn) => condemned.has(urn)))
    .map(([key]) => key);
}

async function wouldBeReplaced(state: ResourceState, keys: string[], providers: Providers): Promise<boolean> {
  const inputs = withoutSecrets(state.inputs ?? {});
  const newInputs: PropertyMap = { ...inputs };
  for (const key of keys) newInputs[key] = UNKNOWN;
  if (isProviderType(state.type)) return false;
  const provider = await providers.get(state.provider ?? "");
  if (provider === "unconfigured") return false;
  const { urn, type, id = "", outputs = {} } = state;
  const ignoreChanges = [...(state.ignoreChanges ?? [])];
  const said = await provider.diff({
    ...{ urn, type, id, ignoreChanges, newInputs },
    oldInputs: inputs,
    oldOutputs: withoutSecrets(outputs),
  });
  return isReplacement(replaceOnChanges(said, state.replaceOnChanges ?? [], state));
}
