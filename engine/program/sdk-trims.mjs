// What the bundled SDK leaves out, as an esbuild plugin: work for debugging and for dynamic providers, which the embedded
// engine does not have, that would otherwise be done for every promise and every resource. The program is untouched. Each
// trim names the text it stands in for, and a build fails when an SDK has it no longer exactly once.

import { readFileSync } from "node:fs";

const UNSUPPORTED =
  "dynamic providers are not supported by the embedded engine; use Pulumi's CLI for this (SLIPWAY_ENGINE=official)";

/** Whole modules, by path in `@pulumi/pulumi`. */
const MODULES = {
  // Both need the TypeScript compiler, v8Hooks a debugger session.
  "runtime/closure/serializeClosure.js": `
    exports.serializeFunction = exports.serializeFunctionAsync = async () => { throw new Error(${JSON.stringify(UNSUPPORTED)}); };`,
  "runtime/closure/codePaths.js": `
    exports.computeCodePaths = async () => { throw new Error(${JSON.stringify(UNSUPPORTED)}); };`,
  "runtime/closure/v8Hooks.js": "exports.isInitializedAsync = async () => {};",
};

/** Parts of modules: [text, what stands in for it]. */
const PARTS = {
  // Only told when promise leaks are debugged.
  "runtime/debuggable.js": [
    "value: new Error().stack",
    "value: process.env.PULUMI_DEBUG_PROMISE_LEAKS ? new Error().stack : undefined",
  ],
  // Where each resource stands in the program: a whole stack trace, formatted and mapped, each time.
  "resource.js": ["static callsites() {", "static callsites() { return [];"],
  // One call of the engine a line, many lines a resource.
  "log/index.js": [
    "const engine = settings_1.getEngine();\n    if (engine) {\n        return log(engine, engproto.LogSeverity.DEBUG",
    "return Promise.resolve();\n    const engine = undefined;\n    if (engine) {\n        return log(engine, engproto.LogSeverity.DEBUG",
  ],
};

export const sdkTrims = {
  name: "sdk-trims",
  setup(build) {
    build.onLoad({ filter: /node_modules\/@pulumi\/pulumi\/.*\.js$/ }, ({ path }) => {
      const name = path.split("/@pulumi/pulumi/").at(-1);
      if (name in MODULES) return { contents: MODULES[name] };
      if (!(name in PARTS)) return undefined;
      const [text, other] = PARTS[name];
      const pieces = readFileSync(path, "utf8").split(text);
      if (pieces.length !== 2) throw new Error(`${path}: has "${text}" ${pieces.length - 1} times, not once`);
      return { contents: pieces.join(other) };
    });
  },
};
