import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { ConfigError } from "../config/config-error";
import { readEnvFile } from "../config/env-file";
import { declares } from "../config/env-variables";
import type { Project } from "../config/project";
import { loadProjects } from "../config/projects-file";
import { chosenStack, openEngine, openProject } from "../engine/cli/open-engine";

const USAGE = `usage: slipway env import FILE [--project PROJECT] [--stack STACK]

Encrypts the variables of an .env file (lines NAME=value) into the stack's configuration. Without --project each goes to
the projects that declare its name in variables.required or variables.defaults.
`;

export async function run(args: string[]): Promise<number> {
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(USAGE);
    return 0;
  }
  const given = options(args);
  if (!given) return usage();
  const text = readFileSync(given.file, "utf8");
  const { lines, mistakes } = readEnvFile(text, given.file);
  if (mistakes.length > 0) throw new ConfigError(mistakes);

  const folder = await openProject(undefined);
  const engine = await openEngine(folder);
  const stack = await chosenStack(engine, given.stack);
  const projects = await projectsOf(folder.root, given.project);
  const assigned = lines.flatMap(({ name, value, line }) => {
    const takers = given.project === undefined ? projects.filter((project) => declares(project, name)) : projects;
    if (takers.length > 0) return takers.map((project) => ({ project: project.name, name, value }));
    throw new Error(`${given.file}:${line} ${name}: no project declares it; say whose it is with --project`);
  });
  for (const { project, name, value } of assigned) {
    await engine.setConfig(stack, `slipway:variables.${project}.${name}`, value, { secret: true, path: true });
    process.stdout.write(`${project}: ${name} is encrypted in Pulumi.${stack}.yaml\n`);
  }
  process.stdout.write(`${given.file} is needed no more for these: remove them there\n`);
  return 0;
}

function options(args: string[]): { file: string; project?: string; stack?: string } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { project: { type: "string" }, stack: { type: "string" } },
    });
    const [verb, file, ...others] = positionals;
    return verb === "import" && file !== undefined && others.length === 0 ? { file, ...values } : undefined;
  } catch {
    return undefined;
  }
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

function usage(): number {
  process.stderr.write(USAGE);
  return 1;
}
