import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { BuildFailure, Plugin } from "esbuild";

/** A program in one file of JavaScript. */
export interface Compilation {
  code: string;
  map: string;
  /** Every file that it was made from, absolute. */
  inputs: string[];
}

/** Compiles a TypeScript program without checking types; packages stay outside. Resolves to the mistakes in it, if any. */
export async function compile(entry: string): Promise<Compilation | SyntaxError> {
  const { build } = await import("esbuild");
  const folder = dirname(entry);
  try {
    const result = await build({
      absWorkingDir: folder,
      entryPoints: [entry],
      // Beside its source, so that the map's paths are relative to that.
      outfile: join(folder, "index.js"),
      ...{ bundle: true, write: false, metafile: true, platform: "node", format: "cjs", packages: "external" },
      target: `node${process.versions.node}`,
      ...{ sourcemap: "external", sourcesContent: false, logLevel: "silent", keepNames: true },
      plugins: [ownFileNames],
    });
    const text = (ending: string) => result.outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? "";
    const inputs = Object.keys(result.metafile.inputs).map((input) => resolve(folder, input));
    const settings = join(folder, "tsconfig.json");
    if (existsSync(settings)) inputs.push(settings);
    return { code: text(".js"), map: text(".js.map"), inputs };
  } catch (error) {
    const { errors } = error as BuildFailure;
    if (!errors) throw error;
    const lines = errors.map(({ text, location }) =>
      location
        ? `${relative(folder, resolve(folder, location.file))}(${location.line},${location.column + 1}): error: ${text}`
        : text,
    );
    return new SyntaxError(lines.join("\n"));
  }
}

/** Every file keeps its own `__dirname` and `__filename`, although all become one. */
const ownFileNames: Plugin = {
  name: "own-file-names",
  setup(build) {
    build.onLoad({ filter: /\.[cm]?ts$/ }, ({ path }) => {
      const contents = readFileSync(path, "utf8");
      if (!/\b__(dirname|filename)\b/.test(contents)) return undefined;
      const names = `const __filename = ${JSON.stringify(path)}, __dirname = ${JSON.stringify(dirname(path))};`;
      return { contents: names + contents, loader: "ts" };
    });
  },
};
