import { currentFiles, type Edit } from "./generation";
import type { Layout } from "./layout";
import { type ProjectRecord, routesSha256 } from "./record";

/** The two files of a generation of the gateway that route a project's requests to its release. */
export function routePaths(project: string): { upstreams: string; locations: string } {
  return { upstreams: `routes/${project}/upstreams.conf`, locations: `routes/${project}/locations.conf` };
}

/** What those files say; each `undefined` where it is not there. */
export interface Routes {
  upstreams: string | undefined;
  locations: string | undefined;
}

/** Of a project without a release. */
export const NO_ROUTES: Routes = { upstreams: undefined, locations: undefined };

export async function currentRoutes(layout: Layout, project: string): Promise<Routes> {
  const paths = routePaths(project);
  const [upstreams, locations] = await currentFiles(layout, [paths.upstreams, paths.locations]);
  return { upstreams, locations };
}

export function routesEdit(project: string, { upstreams, locations }: Routes): Edit {
  const paths = routePaths(project);
  return { [paths.upstreams]: upstreams, [paths.locations]: locations };
}

/** Whether the files are those of the live release, and not edited by hand. */
export async function routesAreAsWritten(layout: Layout, project: string, { live }: ProjectRecord): Promise<boolean> {
  const { upstreams = "", locations = "" } = await currentRoutes(layout, project);
  return live?.routesSha256 === routesSha256({ upstreams, locations });
}
