import { access, readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

/** What the engine needs of a `Pulumi.yaml`. */
export interface ProjectFile {
  /** Absolute path of the file. */
  file: string;
  /** Folder of the file: the project's root. */
  root: string;
  name: string;
  /** Options of the runtime, as they stand. */
  runtimeOptions: Record<string, unknown>;
  /** `main`: a folder or file, relative to the root or absolute. */
  main?: string;
  /** `backend.url`. */
  backendUrl?: string;
  /** Absolute folder of `Pulumi.<stack>.yaml`. */
  stackFolder: string;
}

/** A `Pulumi.yaml` or `Pulumi.<stack>.yaml` that cannot be used as it is. */
export class ConfigFileError extends Error {
  override name = "ConfigFileError";
}

const FILE_NAMES = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"];
/** Keys that change what a program gets or runs with, and that this engine does not implement. */
const UNSUPPORTED = ["config", "plugins", "packages", "requiredPulumiVersion"];

/** The nearest project file, walking up from `folder`; `undefined` when there is none. */
export async function findProjectFile(folder: string): Promise<string | undefined> {
  for (let current = resolve(folder); ; current = dirname(current)) {
    for (const name of FILE_NAMES) {
      const file = join(current, name);
      if (
        await access(file).then(
          () => true,
          () => false,
        )
      )
        return file;
    }
    if (dirname(current) === current) return undefined;
  }
}

/** Throws `ConfigFileError`. */
export async function readProjectFile(file: string): Promise<ProjectFile> {
  const { parse } = await import("yaml");
  const text = await readFile(file, "utf8");
  let content: Record<string, unknown>;
  try {
    content = parse(text) ?? {};
  } catch (error) {
    throw new ConfigFileError(`could not unmarshal '${file}': invalid YAML file: ${(error as Error).message}`);
  }
  const { name, runtime, main, backend, stackConfigDir } = content;
  if (typeof name !== "string" || name === "") {
    throw new ConfigFileError(`could not validate '${file}': project is missing a 'name' attribute`);
  }
  const { name: runtimeName, options } = typeof runtime === "string" ? { name: runtime } : ((runtime ?? {}) as Runtime);
  if (runtimeName !== "nodejs") {
    throw new ConfigFileError(`${file}: runtime ${runtimeName}: ${embeddedOnly("only nodejs")}`);
  }
  const unsupported = UNSUPPORTED.find((key) => content[key] !== undefined);
  if (unsupported) throw new ConfigFileError(`${file}: \`${unsupported}\`: ${embeddedOnly("not supported")}`);

  const root = dirname(file);
  return {
    file,
    root,
    name,
    runtimeOptions: options ?? {},
    main: main as string | undefined,
    backendUrl: (backend as { url?: string } | undefined)?.url,
    stackFolder: resolve(root, (stackConfigDir as string | undefined) ?? "."),
  };
}

function embeddedOnly(what: string): string {
  return `${what} by the embedded engine; use Pulumi's CLI for this (SLIPWAY_ENGINE=official)`;
}

interface Runtime {
  name?: string;
  options?: Record<string, unknown>;
}
