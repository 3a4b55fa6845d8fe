import { LazyDefaultProviders } from "./default-providers";
import type { DeploymentContext } from "./deployment-run";
import type { Invocation, ProgramRequests } from "./monitor/requests";
import { UnsupportedError } from "./monitor/unsupported";
import { PlanError } from "./plan-error";
import type { PropertyMap } from "./property-value";
import { type Registration, Resolver } from "./registration";
import { messageOf, type Registered, type Registrations } from "./registrations";
import { packageOf, providerReference, type Urn } from "./urn";

/** Answers what the program of one update asks for. */
export class ProgramSession implements ProgramRequests {
  /** Resolves when the program has said that no more registrations will come. */
  readonly ended: Promise<void>;
  private end: () => void = () => {};
  private readonly released: Promise<void>;
  private resolveReleased: () => void = () => {};
  private isReleased = false;
  private readonly defaults: LazyDefaultProviders;
  private readonly resolver: Resolver;

  constructor(
    private readonly context: DeploymentContext,
    private readonly registrations: Registrations,
  ) {
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
    this.released = new Promise((resolve) => {
      this.resolveReleased = resolve;
    });
    const { stack, project, config, configSecretKeys } = context.options;
    const named = { stack, project: project.name };
    this.defaults = new LazyDefaultProviders({
      ...{ ...named, config, configSecretKeys },
      register: async (goal) => {
        const { state } = await registrations.register(goal);
        return providerReference(state.urn, state.id ?? "");
      },
    });
    this.resolver = new Resolver(named, this.defaults);
  }

  async register(request: Registration): Promise<Registered> {
    if (this.context.halt.isHalted) return this.context.halt.never();
    try {
      return await this.registrations.register(await this.resolver.goal(request));
    } catch (error) {
      if (!(error instanceof PlanError)) throw error;
      return this.refuse(error, error.urn);
    }
  }

  registerOutputs(urn: Urn, outputs: PropertyMap): Promise<void> {
    return this.registrations.registerOutputs(urn, outputs);
  }

  async invoke({ token, args, provider, version }: Invocation): Promise<PropertyMap> {
    const { providers, halt, emit, options } = this.context;
    if (halt.isHalted) return halt.never();
    const packageName = packageOf(token);
    if (packageName === "pulumi") return this.builtIn(token, args);
    const reference = provider || (await this.defaults.reference(packageName, version));
    const instance = await providers.get(reference);
    if (instance === "unconfigured") return {};
    try {
      return await instance.invoke({
        token,
        args,
        signal: options.terminate ?? options.signal,
        log: (severity, message) => emit({ kind: "diagnostic", message, severity, ephemeral: severity === "info" }),
      });
    } catch (error) {
      throw new Error(`invocation of ${token} returned an error: ${messageOf(error)}`, { cause: error });
    }
  }

  private builtIn(token: string, args: PropertyMap): PropertyMap {
    if (token !== "pulumi:pulumi:getResource") throw new UnsupportedError(token);
    const state = this.registrations.find(String(args.urn));
    if (!state) throw new Error(`unknown resource '${args.urn}'`);
    const { urn, id = "", provider = "", outputs = {} } = state;
    return { urn, id, provider, state: outputs };
  }

  refuse(error: Error, urn?: Urn): Promise<never> {
    const { halt, fail } = this.context;
    if (!halt.isHalted) fail(error.message, urn);
    halt.now("failed");
    return halt.never();
  }

  async shutdown(): Promise<void> {
    this.end();
    await this.released;
  }

  /** Lets a program go that waits for the rest of the deployment. */
  release(): void {
    this.isReleased = true;
    this.resolveReleased();
  }

  log(message: Parameters<ProgramRequests["log"]>[0]): void {
    // Whatever it says of being sent away is of no use to anybody.
    if (this.isReleased) return;
    const { urn, ...rest } = message;
    this.context.emit({ kind: "diagnostic", ...rest, ...(urn && { urn }) });
  }
}
