import type { ProviderPackage } from "../provider";
import type { PackageRegistry } from "../providers";
import type { StartedAhead } from "../started-ahead";

type Loaders = Record<string, () => Promise<ProviderPackage>>;

/**
 * The packages that the embedded engine has, in this process. Each is loaded when it is first asked for: a program
 * without containers never loads a Docker client.
 */
export function providers(ahead?: StartedAhead): PackageRegistry {
  const loaders: Loaders = {
    command: async () => (await import("./command")).commandPackage(ahead),
    docker: async () => (await import("./docker")).dockerPackage,
    random: async () => (await import("./random")).randomPackage,
  };
  return {
    async load(name) {
      const load = Object.hasOwn(loaders, name) ? loaders[name] : undefined;
      if (!load) {
        throw new Error(
          `package "${name}" is not supported by the embedded engine, which has ${Object.keys(loaders).join(", ")}. ` +
            "Use Pulumi's CLI for this.",
        );
      }
      return load();
    },

    computes: (name) => name === "random",
  };
}
