import type { ResourceState } from "./state";
import { parseProviderReference, type Urn } from "./urn";

/** One mention of another resource; `id` only where an instance of a provider is meant. */
export interface Reference {
  urn: Urn;
  id?: string;
}

/** Everything that must exist while this resource does. */
export function references(state: ResourceState): Reference[] {
  const urns = new Set<Urn>(state.dependencies);
  for (const key in state.propertyDependencies) for (const urn of state.propertyDependencies[key] ?? []) urns.add(urn);
  if (state.parent) urns.add(state.parent);
  if (state.deletedWith) urns.add(state.deletedWith);
  for (const urn of (state.replaceWith as Urn[] | undefined) ?? []) urns.add(urn);
  const found: Reference[] = Array.from(urns, (urn) => ({ urn }));
  if (state.provider) found.push(parseProviderReference(state.provider));
  return found;
}

/** The state with one URN replaced by another wherever it is mentioned; the same object where it is not. */
export function withRenamedReferences(state: ResourceState, from: Urn, to: Urn): ResourceState {
  if (!references(state).some(({ urn }) => urn === from)) return state;
  const rename = (urn: Urn) => (urn === from ? to : urn);
  const renamed: Record<string, unknown> = { ...state };
  if (state.parent) renamed.parent = rename(state.parent);
  if (state.deletedWith) renamed.deletedWith = rename(state.deletedWith);
  if (state.dependencies) renamed.dependencies = state.dependencies.map(rename);
  if (state.replaceWith) renamed.replaceWith = (state.replaceWith as Urn[]).map(rename);
  if (state.propertyDependencies) {
    renamed.propertyDependencies = Object.fromEntries(
      Object.entries(state.propertyDependencies).map(([key, urns]) => [key, urns.map(rename)]),
    );
  }
  if (state.provider?.startsWith(`${from}::`)) renamed.provider = to + state.provider.slice(from.length);
  return renamed as unknown as ResourceState;
}

/** The state without mentions of resources that are gone; a parent that is gone is replaced by its own parent. */
export function withoutReferences(state: ResourceState, gone: ReadonlyMap<Urn, Urn | undefined>): ResourceState {
  if (!references(state).some(({ urn }) => gone.has(urn))) return state;
  const isThere = (urn: Urn) => !gone.has(urn);
  const rest: Record<string, unknown> = { ...state, dependencies: state.dependencies?.filter(isThere) };
  if (state.propertyDependencies) {
    rest.propertyDependencies = Object.fromEntries(
      Object.entries(state.propertyDependencies).map(([key, urns]) => [key, urns.filter(isThere)]),
    );
  }
  let parent = state.parent;
  while (parent && gone.has(parent)) parent = gone.get(parent);
  rest.parent = parent;
  if (state.deletedWith && gone.has(state.deletedWith)) rest.deletedWith = undefined;
  if (state.replaceWith) rest.replaceWith = (state.replaceWith as Urn[]).filter(isThere);
  for (const key of Object.keys(rest)) if (rest[key] === undefined) delete rest[key];
  return rest as unknown as ResourceState;
}
