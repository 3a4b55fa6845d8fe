import { checkShape, type Loose, type Report } from "./check-shape";
import { ConfigError, type Mistake, sortedMistakes } from "./config-error";
import type { AccessorySpec, ContainerSpec, Environment, KeyTable, Project } from "./project";
import { type CheckedFile, checkProject } from "./project-checks";
import { type ProjectEntry, type ProjectsFile, projectSchema, projectsSchema } from "./projects-schema";
import { checkShared } from "./shared-checks";
import { YamlSource } from "./yaml-source";

/** `projects.yml` as far as it can be understood, with what is wrong in it. */
export interface ProjectsRead {
  /** Those of the environment in which nothing is wrong. */
  projects: Project[];
  /** Names of the others, of all environments: nothing can be told of what they lack. */
  wrong: string[];
  mistakes: Mistake[];
}

/**
 * The projects of an environment, out of the text of `projects.yml`. One with containers that listen but without
 * domains in this environment is not there.
 *
 * Throws `ConfigError` with every mistake of the file, of all environments, sorted by place.
 */
export function loadProjects(text: string, file: string, environment: Environment): Project[] {
  const { projects, mistakes } = readProjects(text, file, environment);
  if (mistakes.length > 0) throw new ConfigError(sortedMistakes(mistakes));
  return projects;
}

/** The same with mistakes beside what is right. Throws `ConfigError` only where the file tells of no project at all. */
export function readProjects(text: string, file: string, environment: Environment): ProjectsRead {
  const source = new YamlSource(text, file);
  const mistakes: Mistake[] = [...source.mistakes];
  const report: Report = (path, text, at) => mistakes.push(source.mistake(path, text, at));
  if (source.value === null) {
    report([], 'no projects; begin with "projects:", see docs/projects.reference.yml ("projects: {}" for none)');
    throw new ConfigError(mistakes);
  }
  const { value, sound } = checkShape(projectsSchema, source.value, report);
  const checked: CheckedFile = { report, position: (path) => source.position(path) };
  for (const [name, project] of Object.entries(sound.projects ?? {})) {
    if (project) checkProject(checked, ["projects", name], project);
  }
  checkShared(checked, sound);
  if (sound.projects === undefined) throw new ConfigError(sortedMistakes(mistakes));
  const whole = value?.projects ?? wholeProjects(sound.projects);
  const wrong = new Set(mistakes.map(({ path }) => path.split("/")[1] ?? ""));
  return {
    projects: Object.entries(whole).flatMap(([name, entry]) =>
      wrong.has(name) ? [] : (projectIn(environment, name, entry) ?? []),
    ),
    wrong: Object.keys(sound.projects).filter((name) => wrong.has(name)),
    mistakes,
  };
}

/** The projects that are right as they stand, out of a file in which others are not. */
function wholeProjects(projects: NonNullable<Loose<ProjectsFile>["projects"]>): Record<string, ProjectEntry> {
  const entries = Object.entries(projects).flatMap(([name, entry]) => {
    const { data } = projectSchema.safeParse(entry);
    return data ? [[name, data] as const] : [];
  });
  return Object.fromEntries(entries);
}

function projectIn(environment: Environment, name: string, entry: ProjectEntry): Project | undefined {
  const domains = entry.domains[environment] ?? [];
  const containers = Object.entries(entry.containers).map(([container, it]) => containerSpec(container, it));
  if (domains.length === 0 && containers.some(({ port }) => port !== undefined)) return undefined;
  return {
    name,
    domains,
    containers,
    variables: entry.variables,
    database: entry.database,
    ...(entry.migrations && { migrations: entry.migrations }),
    smokeTests: entry.smokeTests,
    keyTables: keyTableList(entry.keyTables),
    accessories: accessoryList(entry.accessories),
    backup: entry.backup,
    deploy: entry.deploy,
  };
}

function accessoryList(accessories: ProjectEntry["accessories"]): AccessorySpec[] {
  return Object.entries(accessories).map(([name, { image, variables, projectVariables, ...runs }]) => ({
    ...containerSpec(name, runs),
    image,
    variables,
    projectVariables,
  }));
}

export function containerSpec(
  name: string,
  entry: Omit<ProjectEntry["containers"][string], "routes"> & { routes?: string[] },
): ContainerSpec {
  const volumes = Object.entries(entry.volumes).map(([volume, path]) => ({ name: volume, path }));
  return { ...entry, routes: entry.routes ?? [], name, volumes };
}

export function keyTableList(tables: Record<string, number>): KeyTable[] {
  return Object.entries(tables).map(([table, minimumRows]) => ({ table, minimumRows }));
}
