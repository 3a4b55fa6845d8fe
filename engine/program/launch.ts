import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { ProjectInfo } from "../deployment";
import { UnsupportedError } from "../monitor/unsupported";
import type { Program } from "./program";
import { ProgramProcess } from "./program-process";

export type { Program } from "./program";

/**
 * Starts the process of the program, which loads the SDK and compiles the program while the caller reads the state;
 * it begins when `runDeployment` tells it the configuration. Call it as early as possible.
 */
export function startProgram(project: ProjectInfo): Program {
  const { directory, entry } = programLocation(project);
  const args = [...nodeArguments(project), ...runScript(), directory, entry];
  const child = spawn(process.execPath, args, { cwd: __dirname, stdio: ["pipe", "pipe", "pipe"] });
  return new ProgramProcess(child, directory);
}

/**
 * Folder that the program runs in, where relative paths of its resources start. A stack may outlive its program: where
 * that is gone, its resources are destroyed from the project's root.
 */
export function programDirectory(project: ProjectInfo): string {
  return foundLocation(project)?.directory ?? project.root;
}

interface ProgramLocation {
  directory: string;
  /** As the SDK takes it: a file in the folder, or ".". */
  entry: string;
}

function programLocation(project: ProjectInfo): ProgramLocation {
  const { root, main } = project;
  const location = foundLocation(project);
  if (!location) throw new Error(`${join(root, "Pulumi.yaml")}: main "${main ?? "."}" does not exist`);
  return location;
}

function foundLocation({ root, main = "." }: ProjectInfo): ProgramLocation | undefined {
  const path = resolve(root, main);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  return found.isFile() ? { directory: dirname(path), entry: basename(path) } : { directory: path, entry: "." };
}

/** Of `runtime.options`; `packagemanager`, `production` and `typescript` change nothing here. */
function nodeArguments({ runtimeOptions }: ProjectInfo): string[] {
  const { nodeargs, tsconfig } = runtimeOptions;
  if (tsconfig !== undefined) throw new UnsupportedError("the runtime option tsconfig");
  return typeof nodeargs === "string" ? nodeargs.split(/\s+/).filter(Boolean) : [];
}

/** The bundle beside this one; from sources, the source. */
function runScript(): string[] {
  if (!__filename.endsWith(".ts")) return [join(__dirname, "run.js")];
  return ["--require", "ts-node/register/transpile-only", join(__dirname, "run.ts")];
}
