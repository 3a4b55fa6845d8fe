import type { PropertyMap } from "./property-value";
import type { ResourceState } from "./state";
import type { Urn } from "./urn";

/** What a registration asks for: the request of the program with provider and parent options resolved. */
export interface Goal {
  urn: Urn;
  type: string;
  name: string;
  custom: boolean;
  inputs: PropertyMap;
  /** "" for the stack and for default providers. */
  parent: Urn;
  protect: boolean;
  retainOnDelete: boolean;
  /** Undefined: as the provider says. */
  deleteBeforeReplace: boolean | undefined;
  dependencies: Urn[];
  propertyDependencies: Record<string, Urn[]>;
  /** `<urn>::<id>`; "" for components and providers. */
  provider: string;
  ignoreChanges: string[];
  replaceOnChanges: string[];
  hideDiff: string[];
  additionalSecretOutputs: string[];
  /** URNs under which the state may have it. */
  aliases: Urn[];
  deletedWith: Urn;
  replaceWith: Urn[];
  /** Seconds. */
  customTimeouts: { create?: number; update?: number; delete?: number };
  sourcePosition: string;
}

function filled<T extends readonly unknown[]>(list: T): T | undefined {
  return list.length > 0 ? list : undefined;
}

function nonEmpty<T extends object>(map: T): T | undefined {
  for (const _ in map) return map;
  return undefined;
}

/**
 * The entry that a goal becomes; what a step finds out (id, outputs, times) is given in `known`. What is empty is left
 * out, as in the file, so that entries can be compared.
 */
export function stateOf(goal: Goal, known: Partial<ResourceState>): ResourceState {
  const state: { -readonly [key in keyof ResourceState]: ResourceState[key] } = {
    urn: goal.urn,
    custom: goal.custom,
    id: known.id || undefined,
    type: goal.type,
    inputs: nonEmpty(known.inputs ?? goal.inputs),
    outputs: nonEmpty(known.outputs ?? {}),
    parent: goal.parent || undefined,
    protect: goal.protect || undefined,
    dependencies: filled(goal.dependencies),
    initErrors: known.initErrors && filled(known.initErrors),
    provider: goal.provider || undefined,
    propertyDependencies: nonEmpty(goal.propertyDependencies),
    additionalSecretOutputs: filled(goal.additionalSecretOutputs),
    customTimeouts: nonEmpty(goal.customTimeouts),
    retainOnDelete: goal.retainOnDelete || undefined,
    deletedWith: goal.deletedWith || undefined,
    replaceWith: filled(goal.replaceWith),
    created: known.created,
    modified: known.modified,
    sourcePosition: goal.sourcePosition || undefined,
    ignoreChanges: filled(goal.ignoreChanges),
    hideDiff: filled(goal.hideDiff),
    replaceOnChanges: filled(goal.replaceOnChanges),
  };
  for (const key of Object.keys(state)) if (state[key] === undefined) delete state[key];
  return state;
}
