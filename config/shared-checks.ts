import type { Loose } from "./check-shape";
import { type CheckedFile, refuseTwice } from "./project-checks";
import type { ProjectsFile } from "./projects-schema";

/** What projects on one host must not share, by accident or intent. */
export function checkShared(file: CheckedFile, { projects = {} }: Loose<ProjectsFile>): void {
  checkDomains(file, projects);
  checkVolumeNames(file, projects);
  checkAccessoryNames(file, projects);
}

type LooseProjects = NonNullable<Loose<ProjectsFile>["projects"]>;

/** A host name belongs to one project in one environment (MT-04). */
function checkDomains(file: CheckedFile, projects: LooseProjects): void {
  const owners = new Map<string, string>();
  const domains = Object.entries(projects).flatMap(([name, project]) =>
    Object.entries(project?.domains ?? {}).flatMap(([environment, hosts]) =>
      (hosts ?? []).map((host, index) => {
        if (host !== undefined && !owners.has(host)) owners.set(host, `project "${name}", ${environment},`);
        return [host, ["projects", name, "domains", environment, index]] as const;
      }),
    ),
  );
  refuseTwice(
    file,
    domains,
    (host, first) => `"${host}" belongs to ${owners.get(host)} already, at ${first}; remove one of the two`,
  );
}

/** Docker's name of a volume joins both names by a hyphen, which each of them may contain. */
function checkVolumeNames(file: CheckedFile, projects: LooseProjects): void {
  const volumes = Object.entries(projects).flatMap(([name, project]) => {
    const own = new Map(
      (["containers", "accessories"] as const).flatMap((kind) =>
        Object.entries(project?.[kind] ?? {}).flatMap(([container, it]) =>
          Object.keys(it?.volumes ?? {}).map((volume) => {
            return [`${name}-${volume}`, ["projects", name, kind, container, "volumes", volume]] as const;
          }),
        ),
      ),
    );
    return [...own];
  });
  refuseTwice(file, volumes, (volume, first) => `"${volume}" is also what the volume at ${first} is called; rename it`);
}

/** So does that of an accessory's container. */
function checkAccessoryNames(file: CheckedFile, projects: LooseProjects): void {
  const accessories = Object.entries(projects).flatMap(([name, project]) =>
    Object.keys(project?.accessories ?? {}).map((accessory) => {
      return [`${name}-${accessory}`, ["projects", name, "accessories", accessory]] as const;
    }),
  );
  const text = (joined: string, first: string) =>
    `"${joined}" is also what the container of the accessory at ${first} is called; rename it`;
  refuseTwice(file, accessories, text);
}
