import { join } from "node:path";
import { siteConfig } from "../components/gateway/nginx-site";
import { readIfThere } from "./atomic-file";
import { describedProjects, projectDescription } from "./description";
import { applyEdit, type Edit } from "./generation";
import type { Layout } from "./layout";
import { readRecord } from "./record";
import { routePaths } from "./route-paths";
import { sitePath } from "./site-domains";

/** A file of the gateway that is not what this host put there. */
interface Stray {
  project: string;
  path: string;
  /** What it should be. */
  content: string;
}

/**
 * nginx tests its configuration as a whole, so that one project's file, broken by hand, would keep every other project
 * from being deployed, or taken back. Writes such files of a refused generation as the host knows them: those of a project
 * that nginx names, else all. Those of the `edit` itself stay as they are. Resolves with their paths; none where there is
 * nothing to mend.
 */
export async function mendGeneration(
  layout: Layout,
  generation: string,
  edit: Edit,
  refusal: string,
): Promise<string[]> {
  const folder = join(layout.gateway, generation);
  const strays = (await straysIn(layout, folder)).filter(({ path }) => !(path in edit));
  const named = strays.filter(({ project }) => isNamed(project, refusal));
  const mended = named.length > 0 ? named : strays;
  await applyEdit(folder, Object.fromEntries(mended.map(({ path, content }) => [path, content])));
  return mended.map(({ path }) => path);
}

function isNamed(project: string, refusal: string): boolean {
  return refusal.includes(`/${sitePath(project)}:`) || refusal.includes(`/routes/${project}/`);
}

async function straysIn(layout: Layout, folder: string): Promise<Stray[]> {
  const projects = await describedProjects(layout);
  const expected = await Promise.all(projects.map((project) => expectedFiles(layout, folder, project)));
  const found = await Promise.all(
    expected.flat().map(async (file) => ((await readIfThere(join(folder, file.path))) === file.content ? [] : [file])),
  );
  return found.flat();
}

/** What is not there may have been taken away on purpose; of a project that is being switched, nothing is certain. */
async function expectedFiles(layout: Layout, folder: string, project: string): Promise<Stray[]> {
  const { domains } = await projectDescription(layout, project);
  const { live, switching } = await readRecord(layout, project);
  const { upstreams, locations } = routePaths(project);
  const isThere = async (path: string) => (await readIfThere(join(folder, path))) !== undefined;
  const files: Record<string, string> = {};
  if (await isThere(sitePath(project))) files[sitePath(project)] = siteConfig({ name: project, domains });
  if (live && !switching && (await isThere(locations))) {
    Object.assign(files, { [upstreams]: live.routes.upstreams, [locations]: live.routes.locations });
  }
  return Object.entries(files).map(([path, content]) => ({ project, path, content }));
}
