import { checkShape, type Report } from "./check-shape";
import { ConfigError, type Mistake, sortedMistakes } from "./config-error";
import type { AccessorySpec, ContainerSpec, Environment, KeyTable, Project } from "./project";
import { type CheckedFile, checkProject } from "./project-checks";
import { type ProjectEntry, projectsSchema } from "./projects-schema";
import { checkShared } from "./shared-checks";
import { YamlSource } from "./yaml-source";

/**
 * The projects of an environment, out of the text of `projects.yml`. One with containers that listen but without
 * domains in this environment is not there.
 *
 * Throws `ConfigError` with every mistake of the file, of all environments, sorted by place.
 */
export function loadProjects(text: string, file: string, environment: Environment): Project[] {
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
  if (!value || mistakes.length > 0) throw new ConfigError(sortedMistakes(mistakes));
  return Object.entries(value.projects).flatMap(([name, entry]) => projectIn(environment, name, entry) ?? []);
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
