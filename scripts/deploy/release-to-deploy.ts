import type { ProjectReleases, ReleaseConfig } from "../../config/stack-config";

/**
 * The release that a stack's file names, as a deploy begins with it: without a snapshot that only a failure has kept, for
 * what failed may be mended in `projects.yml` by now.
 */
export function releaseToDeploy({ live, fallback }: ProjectReleases = {}): ReleaseConfig | undefined {
  if (!live || !fallback) return live;
  const { snapshot: _, ...release } = live;
  return release;
}
