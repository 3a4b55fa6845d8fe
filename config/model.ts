import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ConfigError, type Mistake, sortedMistakes } from "./config-error";
import { type EnvValues, readEnvVariables, withoutValues } from "./env-variables";
import type { Project } from "./project";
import { readProjects } from "./projects-file";
import { SETTING_VARIABLES, settingProblem } from "./setting-variables";
import { checkStack } from "./stack-checks";
import type { StackConfig } from "./stack-config";
import { readStackFile } from "./stack-file";

/** What runs in a stack, and where: all that the program is made from. */
export interface Model {
  config: StackConfig;
  /** Those of the stack's environment. One without a live release in `config` is not deployed yet. */
  projects: Project[];
  /** Values of `.env` files, in clear; `config.variables` says which of them count. */
  env: EnvValues;
}

/**
 * Reads `projects.yml`, the stack's file and `.env` files in a folder. Throws `ConfigError` with every mistake of all,
 * and of the variables that override settings.
 */
export function loadModel(folder: string, stack: string): Model {
  const stackFile = `Pulumi.${stack}.yaml`;
  const mistakes: Mistake[] = [];
  const file = collect(mistakes, () => readStackFile(read(folder, stackFile, SETUP_HINT), stackFile, stack));
  const { environment } = file ?? {};
  const found = collect(mistakes, () =>
    readProjects(read(folder, "projects.yml", PROJECTS_HINT), "projects.yml", environment ?? "local"),
  );
  mistakes.push(...(found?.mistakes ?? []));
  const projects = environment ? (found?.projects ?? []) : [];
  const isEveryProject = environment !== undefined && found?.mistakes.length === 0;
  const env = readEnvVariables(folder, environment ?? "local", projects, isEveryProject);
  if (file) {
    if (found && environment) checkStack(file, projects, env.values, found.wrong);
    mistakes.push(...file.mistakes, ...env.mistakes);
  }
  for (const name of SETTING_VARIABLES) {
    const text = settingProblem(name);
    if (text !== undefined) mistakes.push({ file: "environment", line: 1, column: 1, path: name, text });
  }
  if (!file?.config || mistakes.length > 0) throw new ConfigError(sortedMistakes(mistakes));
  const { config } = file;
  const hashes = withoutValues(folder, env.values);
  const variables = projects.map(({ name }) => [name, { ...hashes[name], ...config.variables[name] }] as const);
  return {
    config: { ...config, hostRoot: resolve(folder, config.hostRoot), variables: Object.fromEntries(variables) },
    env: env.values,
    projects: projects.map((project) => ({
      ...project,
      deploy: { ...project.deploy, ...config.deploy["*"], ...config.deploy[project.name] },
    })),
  };
}

/** The same for texts at hand; `hostRoot` is as it is written. */
export function loadStackConfig(text: string, file: string, stack: string, projects: Project[]): StackConfig {
  const read = readStackFile(text, file, stack);
  checkStack(read, projects);
  if (!read.config || read.mistakes.length > 0) throw new ConfigError(sortedMistakes(read.mistakes));
  return read.config;
}

const SETUP_HINT = "./slipway setup makes one for stack local, ./slipway stack init another";
const PROJECTS_HINT = "docs/projects.reference.yml shows what goes into it";

function read(folder: string, file: string, hint: string): string {
  const path = resolve(folder, file);
  if (existsSync(path)) return readFileSync(path, "utf8");
  throw new ConfigError([{ file, line: 1, column: 1, path: "", text: `there is no such file in ${folder}; ${hint}` }]);
}

/** What `load` returns; or nothing, with its mistakes added. */
function collect<T>(mistakes: Mistake[], load: () => T): T | undefined {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    mistakes.push(...error.mistakes);
    return undefined;
  }
}
