import type { Operation } from "./events";
import type { Only } from "./index";
import type { Row } from "./journal";
import { references } from "./references";
import type { ResourceState } from "./state";
import { isProviderType, STACK_TYPE, type Urn } from "./urn";

export interface TargetOptions {
  /** URNs or patterns; empty: everything. */
  targets: readonly string[];
  dependents: boolean;
  only?: Only | undefined;
}

/** Which resources a deployment limited by `--target` may change. */
export class Targets {
  private readonly patterns: { text: string; matches: RegExp; found: boolean }[];
  private readonly chosen = new Set<Urn>();
  private readonly owned = new Set<Urn>();

  constructor(
    private readonly options: TargetOptions,
    base: readonly Row[],
  ) {
    this.patterns = options.targets.map((text) => ({ text, matches: pattern(text), found: false }));
    if (this.isLimited) for (const { state } of base) this.include(state);
  }

  get isLimited(): boolean {
    return this.patterns.length > 0 || this.options.only !== undefined;
  }

  /** Why a change of a resource must not be made; nothing where it may. */
  refusal(op: Operation, state: ResourceState): string | undefined {
    const { only } = this.options;
    const { urn, type, custom } = state;
    const isAnybodys = !custom || isProviderType(type) || type === STACK_TYPE;
    return isAnybodys || only === undefined || this.owns(state) ? undefined : only.refusal?.(op, urn);
  }

  /** By itself or with its parent, which must have been looked at before it. */
  private owns({ urn, parent = "" }: ResourceState): boolean {
    const isOwned = this.options.only?.owns(urn) === true || this.owned.has(parent);
    if (isOwned) this.owned.add(urn);
    return isOwned;
  }

  /** Remembers whether a resource is chosen; its dependencies must have been included before it. */
  include(state: ResourceState): boolean {
    if (!this.isLimited) return true;
    const named = this.patterns.filter(({ matches }) => matches.test(state.urn));
    for (const each of named) each.found = true;
    const isOwned = this.owns(state);
    const chosen =
      named.length > 0 ||
      isOwned ||
      (this.options.dependents && references(state).some(({ urn }) => this.chosen.has(urn)));
    if (chosen) this.chosen.add(state.urn);
    return chosen || this.chosen.has(state.urn);
  }

  /** Providers and the stack always take part in a registration: the targets cannot do without them. */
  includesRegistration(state: ResourceState): boolean {
    // A component that is new is not in the base.
    this.owns(state);
    // What would be refused is looked at, too.
    if (this.options.only && (this.options.only.refusal || !state.custom)) return true;
    return this.include(state) || isProviderType(state.type) || state.type === STACK_TYPE;
  }

  includesDelete(state: ResourceState): boolean {
    return !this.isLimited || this.chosen.has(state.urn);
  }

  /** Targets that no resource matched. */
  unmatched(): string[] {
    return this.patterns.filter(({ found }) => !found).map(({ text }) => text);
  }
}

function pattern(text: string): RegExp {
  const body = text
    .split(/(\*\*|\*)/)
    .map((part) => (part === "**" ? ".*" : part === "*" ? "[^:]*" : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")))
    .join("");
  return new RegExp(`^${body}$`);
}
