import { cutOffBy } from "./cut-off";
import { inputDiff } from "./input-diff";
import { isReplacement } from "./plan-diff";
import { containsUnknown, type PropertyMap, withoutSecrets } from "./property-value";
import type { CheckResult, DiffResult, Provider, ProviderPackage } from "./provider";
import { packageOf, parseProviderReference, parseUrn } from "./urn";

/** Finds provider packages by name (`docker`); each is loaded when the first resource of it is registered. */
export interface PackageRegistry {
  /** Rejects with a message naming the package and those known, when there is none of that name. */
  load(name: string): Promise<ProviderPackage>;
  /** Whether its steps take a core of this process and wait for nothing else. */
  computes(name: string): boolean;
}

/** In a preview a provider whose configuration is not yet known can be asked nothing. */
export type ConfiguredProvider = Provider | "unconfigured";

/** Holds for the engine alone: kept in a provider's inputs, never shown to it, never an output. */
export const INTERNAL_KEY = "__internal";

export function withoutInternal(inputs: PropertyMap): PropertyMap {
  const { [INTERNAL_KEY]: _, ...rest } = inputs;
  return rest;
}

/** Without what official plugins note in their configuration for themselves (`__pulumi-go-provider-version`). */
function withoutMarks(inputs: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(inputs).filter(([key]) => !key.startsWith("__")));
}

export interface ProvidersOptions {
  /** The program's, where relative paths of its resources start. */
  directory: string;
  /** Aborted: no call is waited for any more. */
  terminate: AbortSignal;
}

/** The provider instances of a deployment, each configured once, when it is first needed. */
export class Providers {
  private readonly inputs = new Map<string, PropertyMap>();
  private readonly instances = new Map<string, Promise<ConfiguredProvider>>();

  constructor(
    private readonly registry: PackageRegistry,
    private readonly options: ProvidersOptions,
  ) {}

  /** Makes an instance known by its reference; one that was configured otherwise before is closed. */
  async know(reference: string, inputs: PropertyMap): Promise<void> {
    const before = this.inputs.get(reference);
    this.inputs.set(reference, inputs);
    const instance = this.instances.get(reference);
    if (!instance || before === inputs) return;
    this.instances.delete(reference);
    await close(instance);
  }

  /** Loads what the packages of the instances known so far will need, while there is nothing else to do. */
  preload(): void {
    for (const name of new Set([...this.inputs.keys()].map((reference) => packageOf(typeOf(reference))))) {
      // What fails here fails again, and is told, when it is needed.
      this.registry
        .load(name)
        .then((pkg) => pkg.preload?.())
        .catch(() => undefined);
    }
  }

  /** Rejects when the state has no such instance, or its package is not supported. */
  get(reference: string): Promise<ConfiguredProvider> {
    let instance = this.instances.get(reference);
    if (!instance) {
      instance = this.configure(reference);
      this.instances.set(reference, instance);
    }
    return instance;
  }

  private async configure(reference: string): Promise<ConfiguredProvider> {
    const inputs = this.inputs.get(reference);
    if (!inputs) throw new Error(`unknown provider ${reference}`);
    if (containsUnknown(inputs)) return "unconfigured";
    const pkg = await this.registry.load(packageOf(typeOf(reference)));
    const { directory, terminate } = this.options;
    return cutOffBy(terminate, pkg.configure(withoutSecrets(withoutInternal(inputs)), directory));
  }

  async checkConfig(packageName: string, inputs: PropertyMap): Promise<CheckResult> {
    const pkg = await this.registry.load(packageName);
    const { [INTERNAL_KEY]: internal, ...rest } = inputs;
    const result = pkg.checkConfig(withoutSecrets(rest));
    return internal === undefined ? result : { ...result, inputs: { ...result.inputs, [INTERNAL_KEY]: internal } };
  }

  /** Compares two configurations of a package, plain values. */
  async diffConfig(packageName: string, oldInputs: PropertyMap, newInputs: PropertyMap): Promise<DiffResult> {
    const [old, now] = [withoutMarks(oldInputs), withoutMarks(newInputs)];
    const pkg = await this.registry.load(packageName);
    if (pkg.diffConfig && !containsUnknown(now)) {
      const said = pkg.diffConfig(old, now);
      if (said.changes !== "unknown") return said;
    }
    const { changes, diffs } = inputDiff(old, now);
    return { changes, diffs };
  }

  /** Whether a resource has to be replaced because it moves from one provider instance to another. */
  async changeNeedsReplacement(from: string, to: string): Promise<boolean> {
    if (from === to) return false;
    if (from === "" || to === "") return true;
    const [oldPackage, newPackage] = [packageOf(typeOf(from)), packageOf(typeOf(to))];
    if (oldPackage !== newPackage) return true;
    const [old, now] = [this.inputs.get(from), this.inputs.get(to)];
    if (!old || !now) return false;
    return isReplacement(await this.diffConfig(newPackage, withoutSecrets(old), withoutSecrets(now)));
  }

  async closeAll(): Promise<void> {
    await Promise.all(Array.from(this.instances.values(), close));
    this.instances.clear();
  }
}

function typeOf(reference: string): string {
  return parseUrn(parseProviderReference(reference).urn).type;
}

/** A provider that could not be configured has nothing to close; the resource that needed it has failed. */
async function close(instance: Promise<ConfiguredProvider>): Promise<void> {
  const provider = await instance.catch(() => undefined);
  if (provider && provider !== "unconfigured") await provider.close();
}
