import { readFileSync } from "node:fs";
import { ConfigError } from "../config/config-error";
import { type EnvLine, readEnvFile } from "../config/env-file";
import { takes } from "../config/env-variables";
import { isGenerated } from "../config/generated-variable";
import type { Project } from "../config/project";
import { loadProjects } from "../config/projects-file";
import { chosenStack, openEngine, openProject } from "../engine/cli/open-engine";
import { parsed, UsageError, withUsage } from "./deploy/deploy-options";
import { failureText } from "./failure-text";

const USAGE = `Examples:
  slipway env import .env.local                    each name to the projects that declare it
  slipway env import .env.shop --project shop      all of it to one project

usage: slipway env import FILE [--project PROJECT] [--stack STACK] [--json]

Encrypts the variables of an .env file (lines NAME=value) into the stack's configuration. Without --project each goes to
the projects that declare its name in variables.required or variables.defaults.

  --project PROJECT    the project that gets all of them
  -s, --stack STACK    the stack (default: the selected one)
  --json               print which names were encrypted as JSON and nothing else on stdout; values are never printed

Exit codes: 0 encrypted; 1 failed.
`;

const FAILED = 1;
const OPTIONS = {
  project: { type: "string" },
  stack: { type: "string", short: "s" },
  json: { type: "boolean" },
} as const;

interface Wanted {
  file: string;
  project: string | undefined;
  stack: string | undefined;
}

/** A variable of the file, and who gets it. */
interface Assigned {
  project: string;
  name: string;
  value: string;
}

export function run(args: string[]): Promise<number> {
  return withUsage(args, USAGE, async () => {
    const { values, positionals } = parsed(args, OPTIONS, 2);
    const { project, stack, json = false } = values;
    const [verb, file] = positionals;
    if (verb !== "import") throw new UsageError(`${verb ?? "no word"} after env; there is: import`);
    if (file === undefined) throw new UsageError("which file? env import FILE");
    try {
      const done = await importFile({ file, project, stack });
      process.stdout.write(json ? importedJson(done) : importedText(done, file));
      return 0;
    } catch (error) {
      process.stderr.write(failureText(error, json, "slipway.env.failed"));
      return FAILED;
    }
  });
}

async function importFile(wanted: Wanted): Promise<{ stack: string; assigned: Assigned[] }> {
  const { file, project: named } = wanted;
  const { lines, mistakes } = readEnvFile(readFileSync(file, "utf8"), file);
  if (mistakes.length > 0) throw new ConfigError(mistakes);

  const folder = await openProject(undefined);
  const engine = await openEngine(folder);
  const stack = await chosenStack(engine, wanted.stack);
  const projects = await projectsOf(folder.root, named);
  const assigned = assignedOf(lines, projects, wanted);
  for (const { project, name, value } of assigned) {
    await engine.setConfig(stack, `slipway:variables.${project}.${name}`, value, { secret: true, path: true });
  }
  return { stack, assigned };
}

/** Throws where nobody gets one of the lines. */
export function assignedOf(lines: EnvLine[], projects: Project[], { file, project: named }: Wanted): Assigned[] {
  return lines.flatMap(({ name, value, line }) => {
    if (named !== undefined && projects.some((project) => isGenerated(project, name))) {
      throw new Error(`${file}:${line} ${name}: database: shared sets it for ${named}; remove this line`);
    }
    const takers = named === undefined ? projects.filter((project) => takes(project, name)) : projects;
    if (takers.length > 0) return takers.map((project) => ({ project: project.name, name, value }));
    throw new Error(`${file}:${line} ${name}: no project declares it; say whose it is with --project`);
  });
}

function importedText({ stack, assigned }: { stack: string; assigned: Assigned[] }, file: string): string {
  const lines = assigned.map(({ project, name }) => `${project}: ${name} is encrypted in Pulumi.${stack}.yaml\n`);
  return `${lines.join("")}${file} is needed no more for these: remove them there\n`;
}

/** Names alone: a value is a secret. */
function importedJson({ stack, assigned }: { stack: string; assigned: Assigned[] }): string {
  const variables = assigned.map(({ project, name }) => ({ project, name }));
  return `${JSON.stringify({ schemaVersion: 1, result: "succeeded", stack, variables }, undefined, 2)}\n`;
}

/** Also those that have no domains in the stack's environment. */
async function projectsOf(root: string, wanted: string | undefined): Promise<Project[]> {
  const text = readFileSync(`${root}/projects.yml`, "utf8");
  const all = (["production", "staging", "local"] as const).flatMap((it) => loadProjects(text, "projects.yml", it));
  const projects = [...new Map(all.map((project) => [project.name, project])).values()];
  const chosen = wanted === undefined ? projects : projects.filter(({ name }) => name === wanted);
  if (wanted === undefined || chosen.length > 0) return chosen;
  throw new Error(`no project "${wanted}" in projects.yml; known: ${projects.map(({ name }) => name).join(", ")}`);
}
