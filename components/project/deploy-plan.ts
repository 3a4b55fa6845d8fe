import type { Project } from "../../config/project";
import type { ReleaseConfig } from "../../config/stack-config";

/** What a preview says of a project whose live release is about to change; nothing where it is not. */
export function deployPlan(
  project: Project,
  release: string,
  config: ReleaseConfig,
  live: { release: string; version: string } | undefined,
): string[] {
  if (live?.release === release) return [];
  const from = live ? `${live.version} (release ${live.release})` : "nothing";
  const containers = project.containers.map(({ name }) => `${project.name}-${name}-${release}`);
  const { migrations, domains } = project;
  return [
    `${project.name}: ${from} -> ${config.version} (release ${release})`,
    `  containers  ${containers.join(", ")} start beside the live ones`,
    `  migration   ${migrations ? migrations.upgrade.join(" ") : "none declared"}`,
    `  route       ${domains.length > 0 ? domains.join(", ") : "no domain"} moves when the new containers are healthy`,
    ...(live ? [`  then        release ${live.release} is drained and removed`] : []),
  ];
}
