import { existsSync, readFileSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Modules that this bundle has; the literal `require`s are what puts them there. */
const MODULES: Record<string, () => unknown> = {
  "@pulumi/pulumi": () => require("@pulumi/pulumi"),
  "@pulumi/pulumi/asset": () => require("@pulumi/pulumi/asset"),
  "@pulumi/pulumi/config": () => require("@pulumi/pulumi/config"),
  "@pulumi/pulumi/log": () => require("@pulumi/pulumi/log"),
  "@pulumi/pulumi/output": () => require("@pulumi/pulumi/output"),
  "@pulumi/pulumi/resource": () => require("@pulumi/pulumi/resource"),
  "@pulumi/pulumi/runtime": () => require("@pulumi/pulumi/runtime"),
  "@pulumi/command": () => require("@pulumi/command"),
  "@pulumi/docker": () => require("@pulumi/docker"),
  "@pulumi/random": () => require("@pulumi/random"),
  // What Slipway's own program reads its files with: 170 files of node_modules otherwise.
  yaml: () => require("yaml"),
  zod: () => require("zod"),
};

const VERSIONS: Record<string, string> = {
  "@pulumi/pulumi": require("@pulumi/pulumi/package.json").version,
  "@pulumi/command": require("@pulumi/command/package.json").version,
  "@pulumi/docker": require("@pulumi/docker/package.json").version,
  "@pulumi/random": require("@pulumi/random/package.json").version,
  yaml: require("yaml/package.json").version,
  zod: require("zod/package.json").version,
};

export interface BundledModules {
  /** Loads what a compiled program will ask for, while it may not begin yet. */
  preload(code: string): void;
  /** Hands over to the SDK, which runs the program. */
  run(): void;
}

/**
 * Answers a program's `require` of the SDK and of other packages with the copies in this bundle, which load much
 * faster, wherever the program has installed the very same version; with its own copy otherwise.
 */
export function serveBundledModules(directory: string): BundledModules {
  const installed = (name: string) => installedVersion(name, directory) === VERSIONS[name];
  if (!installedVersion("@pulumi/pulumi", directory)) {
    throw new Error(`@pulumi/pulumi is not installed for the program in ${directory}; run npm install there`);
  }
  if (!installed("@pulumi/pulumi")) {
    return { preload: () => {}, run: () => createRequire(join(directory, "."))("@pulumi/pulumi/cmd/run") };
  }

  const served = new Set(Object.keys(VERSIONS).filter(installed));
  const loader = Module as unknown as { _load(request: string, parent: unknown, ...rest: unknown[]): unknown };
  const load = loader._load;
  loader._load = function (request, parent, ...rest) {
    const bundled = Object.hasOwn(MODULES, request) ? MODULES[request] : undefined;
    // From sources, the functions of MODULES come by here, too.
    if (!bundled || !served.has(packageName(request)) || parent === module) {
      return load.call(this, request, parent, ...rest);
    }
    return bundled();
  };
  require("@pulumi/pulumi");
  return {
    preload(code) {
      for (const [name, load] of Object.entries(MODULES)) {
        // Providers' packages read the configuration when they are loaded, and it is not there yet.
        if (name.startsWith("@pulumi/")) continue;
        if (served.has(packageName(name)) && code.includes(`require("${name}")`)) load();
      }
    },
    run: () => require("@pulumi/pulumi/cmd/run"),
  };
}

function packageName(request: string): string {
  return request
    .split("/")
    .slice(0, request.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Undefined where it is not installed; then loading it says so. */
function installedVersion(name: string, directory: string): string | undefined {
  for (let folder = directory; ; folder = dirname(folder)) {
    const manifest = join(folder, "node_modules", name, "package.json");
    if (existsSync(manifest)) return JSON.parse(readFileSync(manifest, "utf8")).version;
    if (folder === dirname(folder)) return undefined;
  }
}
