import type { Project } from "./project";
import { releaseId } from "./release-id";
import type { ConfigValue, ReleaseConfig, ReleaseSnapshot } from "./stack-config";

/** A release as the stack's file names it, with all that it runs with. */
export interface Release {
  /** R. */
  id: string;
  config: ReleaseConfig;
  /** The project as it is for this release: of its snapshot, where it has one. */
  project: Project;
  /** Values of the stack's configuration, secrets as ciphertext. */
  variables: Record<string, ConfigValue>;
}

/** `variables`: the project's own, as the stack's file has them now. */
export function releaseOf(project: Project, config: ReleaseConfig, variables: Record<string, ConfigValue>): Release {
  const { snapshot } = config;
  if (!snapshot) return { id: releaseId(project, config, variables), config, project, variables };
  const { promised, variables: kept, ...parts } = snapshot;
  const own: Project = {
    ...project,
    migrations: undefined,
    ...parts,
    variables: { required: [], defaults: {}, promised },
  };
  const images = imagesFor(own, config.images);
  const exact = { ...config, images };
  return { id: releaseId(own, exact, kept), config: exact, project: own, variables: kept };
}

/** Of the containers that a project has; beside a snapshot the stack's file may name those of others, for the next deploy. */
export function imagesFor({ containers }: Pick<Project, "containers">, images: Record<string, string>) {
  const names = containers.map(({ name }) => name).filter((name) => images[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, images[name] as string]));
}

/** What `ReleaseConfig.snapshot` has to be for a release to come back as it is. */
export function snapshotOf({ project, variables }: Pick<Release, "project" | "variables">): ReleaseSnapshot {
  const { database, containers, migrations, smokeTests, keyTables } = project;
  const { defaults, promised } = project.variables;
  return {
    database,
    containers,
    ...(migrations && { migrations }),
    smokeTests,
    keyTables,
    promised,
    variables: { ...defaults, ...variables },
  };
}
