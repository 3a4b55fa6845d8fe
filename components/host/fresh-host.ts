import { sha256 } from "../../host/file-epoch";
import type { Observation } from "../../host/observe";
import type { ObserveRequest } from "../../host/requests";

/** What `observe` tells of a host where nothing was ever deployed, for one that does not have the program yet. */
export function freshHost({ projects }: ObserveRequest): Observation {
  return {
    gateway: 1,
    projects: Object.fromEntries(
      Object.entries(projects).map(([project, { siteSha256 }]) => [
        project,
        { rollout: 1, site: siteSha256 === sha256("") ? 0 : 1 },
      ]),
    ),
  };
}
