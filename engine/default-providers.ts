import type { Goal } from "./goal";
import { type PropertyMap, secret } from "./property-value";
import { type DefaultProviders, withVersion } from "./registration";
import { buildUrn, providerType } from "./urn";

export interface DefaultProviderContext {
  stack: string;
  project: string;
  config: Record<string, string>;
  configSecretKeys: readonly string[];
  /** Registers it, and answers its reference. */
  register(goal: Goal): Promise<string>;
}

/** The providers that a program does not make itself: one for each package and version, from the stack's configuration. */
export class LazyDefaultProviders implements DefaultProviders {
  private readonly references = new Map<string, Promise<string>>();

  constructor(private readonly context: DefaultProviderContext) {}

  reference(packageName: string, version: string): Promise<string> {
    const key = `${packageName}@${version}`;
    let reference = this.references.get(key);
    if (!reference) {
      reference = this.context.register(this.goal(packageName, version));
      this.references.set(key, reference);
    }
    return reference;
  }

  private goal(packageName: string, version: string): Goal {
    const type = providerType(packageName);
    const name = version === "" ? "default" : `default_${version.replace(/[.+-]/g, "_")}`;
    return {
      urn: buildUrn({ ...this.context, parent: "", type, name }),
      type,
      name,
      custom: true,
      inputs: withVersion(this.configuration(packageName), version),
      parent: "",
      ...{ protect: false, retainOnDelete: false, deleteBeforeReplace: undefined, provider: "", deletedWith: "" },
      ...{ dependencies: [], propertyDependencies: {}, ignoreChanges: [], replaceOnChanges: [], hideDiff: [] },
      ...{ additionalSecretOutputs: [], aliases: [], replaceWith: [], customTimeouts: {}, sourcePosition: "" },
    };
  }

  /** `docker:host` is the input `host`: always text, secrets marked. */
  private configuration(packageName: string): PropertyMap {
    const inputs: PropertyMap = {};
    const prefix = `${packageName}:`;
    for (const [key, value] of Object.entries(this.context.config)) {
      if (!key.startsWith(prefix)) continue;
      const name = key.slice(prefix.length).replace(/^config:/, "");
      inputs[name] = this.context.configSecretKeys.includes(key) ? secret(value) : value;
    }
    return inputs;
  }
}
