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
  return { id: releaseId(own, config, kept), config, project: own, variables: kept };
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
