import type { ProviderPackage } from "../provider";
import type { PackageRegistry } from "../providers";

/** Each package is loaded when it is first asked for: a program without containers never loads a Docker client. */
const loaders: Record<string, () => Promise<ProviderPackage>> = {
  command: async () => (await import("./command")).commandPackage,
  docker: async () => (await import("./docker")).dockerPackage,
  random: async () => (await import("./random")).randomPackage,
};

/** The packages that the embedded engine has, in this process. */
export const PROVIDERS: PackageRegistry = {
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
