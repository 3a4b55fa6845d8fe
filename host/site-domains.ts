import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { siteConfig } from "../components/gateway/nginx-site";
import { currentFiles, type Edit } from "./generation";
import type { Layout } from "./layout";
import { routePaths } from "./route-paths";

/** A site of the current generation: the domains that a project answers to. */
interface Site {
  project: string;
  domains: string[];
}

/**
 * Puts a project's site into the gateway. nginx answers a domain of two sites by the one whose name comes first, so
 * another one that has a domain of this project loses it in the same change. Where this project has no release to
 * answer with yet, and the other one has, the domain waits: it comes over with the first switch (`claimEdit`).
 */
export async function siteEdit(layout: Layout, project: string, site: string | undefined): Promise<Edit> {
  const wanted = site === undefined ? [] : domainsIn(site);
  const contested = await contestedSites(layout, project, wanted);
  const isServed = await hasRoutes(layout, project);
  const kept: string[] = [];
  const edit: Edit = {};
  for (const other of contested) {
    if (!isServed && (await hasRoutes(layout, other.project))) kept.push(...other.domains);
    else Object.assign(edit, without(other, wanted));
  }
  const now = wanted.filter((domain) => !kept.includes(domain));
  return {
    ...edit,
    [sitePath(project)]: kept.length === 0 ? site : siteText({ project, domains: now }),
    [waitingPath(project)]: kept.length === 0 ? undefined : site,
  };
}

/** Takes the domains that have waited, with the switch to the first release; nothing where none has. */
export async function claimEdit(layout: Layout, project: string): Promise<Edit> {
  const [site] = await currentFiles(layout, [waitingPath(project)]);
  if (site === undefined) return {};
  const wanted = domainsIn(site);
  const others = (await contestedSites(layout, project, wanted)).map((other) => without(other, wanted));
  return Object.assign({ [sitePath(project)]: site, [waitingPath(project)]: undefined }, ...others);
}

/** Without the project's site, and without what it waits for. */
export function noSiteEdit(project: string): Edit {
  return { [sitePath(project)]: undefined, [waitingPath(project)]: undefined };
}

export function sitePath(project: string): string {
  return `sites/${project}.conf`;
}

/** Of no name that `nginx.conf` includes. */
function waitingPath(project: string): string {
  return `sites/${project}.waiting`;
}

/** The domains that the gateway has for a project in its current generation. */
export async function siteDomains(layout: Layout, project: string): Promise<string[]> {
  const [site = ""] = await currentFiles(layout, [sitePath(project)]);
  return domainsIn(site);
}

function domainsIn(site: string): string[] {
  return (
    /^ *server_name (.*);$/m
      .exec(site)?.[1]
      ?.split(" ")
      .filter((name) => name !== "") ?? []
  );
}

function siteText({ project, domains }: Site): string | undefined {
  return siteConfig({ name: project, domains }) || undefined;
}

function without({ project, domains }: Site, taken: string[]): Edit {
  return { [sitePath(project)]: siteText({ project, domains: domains.filter((domain) => !taken.includes(domain)) }) };
}

async function contestedSites(layout: Layout, project: string, wanted: string[]): Promise<Site[]> {
  const names = await readdir(join(layout.gateway, "current", "sites")).catch(() => [] as string[]);
  const others = names.filter((name) => name.endsWith(".conf")).map((name) => basename(name, ".conf"));
  const texts = await currentFiles(layout, others.map(sitePath));
  const sites = others.map((other, index) => ({ project: other, domains: domainsIn(texts[index] ?? "") }));
  return sites.filter((site) => site.project !== project && site.domains.some((domain) => wanted.includes(domain)));
}

async function hasRoutes(layout: Layout, project: string): Promise<boolean> {
  const [locations] = await currentFiles(layout, [routePaths(project).locations]);
  return locations !== undefined;
}
