import { existsSync, readFileSync, statSync } from "node:fs";
import Module from "node:module";
import { dirname, join } from "node:path";
import { install } from "source-map-support";
import { UnsupportedError } from "../monitor/unsupported";
import type { Compilation } from "./compile";
import { keepCompilation, readCompilation } from "./compile-cache";

/**
 * Makes Node load the TypeScript program at `path` (a file, or a folder) in a compiled form that is kept until one of
 * its files changes. Resolves to the file to run and its code; to nothing for a program in JavaScript, which needs none
 * of it. A program that cannot be compiled throws its mistakes when it is loaded, so that the SDK reports them as it does
 * others.
 */
export async function prepareProgram(path: string): Promise<{ entry: string; code: string } | undefined> {
  if (manifestOf(path).type === "module") {
    throw new UnsupportedError('a program that is an ES module ("type": "module")');
  }
  const entry = typescriptEntry(path);
  if (!entry) return undefined;
  const compilation = await compiled(entry);
  const extensions = (Module as unknown as { _extensions: NodeJS.RequireExtensions })._extensions;
  extensions[".ts"] = (module, filename) => {
    if (filename !== entry) throw new Error(`${filename} is not part of the compiled program ${entry}`);
    if (compilation instanceof Error) throw compilation;
    (module as unknown as { _compile(code: string, filename: string): void })._compile(compilation.code, filename);
  };
  if (!(compilation instanceof Error)) {
    const retrieveSourceMap = (source: string) => (source === entry ? { url: entry, map: compilation.map } : null);
    install({ environment: "node", retrieveSourceMap });
  }
  return { entry, code: compilation instanceof Error ? "" : compilation.code };
}

/** What the SDK would run, as it finds it, where that is TypeScript. */
function typescriptEntry(path: string): string | undefined {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path.endsWith(".ts") ? path : undefined;
  const { folder, main } = manifestOf(path);
  const named = typeof main === "string" ? join(folder, main) : undefined;
  if (named && existsSync(named)) return named.endsWith(".ts") ? named : undefined;
  return existsSync(join(path, "index.ts")) && !existsSync(join(path, "index.js")) ? join(path, "index.ts") : undefined;
}

/** The nearest `package.json`, and where it is. */
function manifestOf(path: string): { folder: string; type?: unknown; main?: unknown } {
  for (let folder = path; ; folder = dirname(folder)) {
    const file = join(folder, "package.json");
    if (existsSync(file)) return { ...JSON.parse(readFileSync(file, "utf8")), folder };
    if (folder === dirname(folder)) return { folder: path };
  }
}

async function compiled(entry: string): Promise<Compilation | SyntaxError> {
  const kept = readCompilation(entry);
  if (kept) return kept;
  const { compile } = await import("./compile");
  const compilation = await compile(entry);
  if (!(compilation instanceof Error)) keepCompilation(entry, compilation);
  return compilation;
}
