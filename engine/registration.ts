import type { Goal } from "./goal";
import { duplicate } from "./plan-error";
import type { PropertyMap } from "./property-value";
import { INTERNAL_KEY } from "./providers";
import { buildUrn, isProviderType, packageOf, type Urn } from "./urn";

/** A request of the program to register a resource, as it was sent; "" and empty lists where it says nothing. */
export type Registration = Omit<Goal, "urn" | "protect" | "retainOnDelete"> & {
  /** Undefined: as its parent. */
  protect: boolean | undefined;
  retainOnDelete: boolean | undefined;
  /** Package to provider reference, for the children of a component. */
  providers: Record<string, string>;
  /** Of the package; "" for components. */
  version: string;
};

/** A provider's inputs with the version of its package, as the state keeps them. */
export function withVersion(inputs: PropertyMap, version: string): PropertyMap {
  return version === "" ? inputs : { ...inputs, [INTERNAL_KEY]: {}, version };
}

export interface DefaultProviders {
  /** The reference of the default provider for a package at a version, registered when first asked for. */
  reference(packageName: string, version: string): Promise<string>;
}

/** Turns registrations into goals: names them and fills in what they inherit. */
export class Resolver {
  private readonly named = new Set<Urn>();
  private readonly parents = new Map<Urn, Goal & { providers: Record<string, string> }>();

  constructor(
    private readonly of: { stack: string; project: string },
    private readonly defaults: DefaultProviders,
  ) {}

  /**
   * Rejects for a parent that is not registered, and with a `PlanError` for a name that is taken: here, before anything
   * waits, so that neither of the two is begun.
   */
  async goal(request: Registration): Promise<Goal> {
    const parent = this.parents.get(request.parent);
    if (request.parent !== "" && !parent) {
      throw new Error(`the parent '${request.parent}' of ${request.type} '${request.name}' has not been registered`);
    }
    const urn = buildUrn({ ...this.of, ...request });
    if (this.named.has(urn)) throw duplicate(urn);
    this.named.add(urn);
    const { providers: own, version, ...rest } = request;
    const providers = { ...parent?.providers, ...own };
    const goal: Goal = {
      ...rest,
      urn,
      protect: request.protect ?? parent?.protect ?? false,
      retainOnDelete: request.retainOnDelete ?? parent?.retainOnDelete ?? false,
      deletedWith: request.deletedWith || parent?.deletedWith || "",
      provider: await this.provider(request, providers),
    };
    if (isProviderType(goal.type)) goal.inputs = withVersion(goal.inputs, version);
    this.parents.set(goal.urn, { ...goal, providers });
    return goal;
  }

  private async provider(request: Registration, providers: Record<string, string>): Promise<string> {
    if (!request.custom || isProviderType(request.type)) return "";
    const name = packageOf(request.type);
    return request.provider || providers[name] || this.defaults.reference(name, request.version);
  }
}
