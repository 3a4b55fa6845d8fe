import type { Loose } from "./check-shape";
import type { ProjectEntry } from "./projects-schema";
import type { Path } from "./yaml-path";

/** What a check needs of the file: to report a mistake, and to say where another part is (`line:column`). */
export interface CheckedFile {
  report(path: Path, text: string, at?: "key" | "value"): void;
  position(path: Path): string;
}

/** What the parts of one project must agree on. `path` is the project's own. */
export function checkProject(file: CheckedFile, path: Path, project: Loose<ProjectEntry>): void {
  checkContainers(file, path, project);
  checkRoutes(file, path, project);
  checkDomains(file, path, project);
  checkVariables(file, path, project);
  checkReferences(file, path, project);
  checkAccessories(file, path, project);
  checkBackup(file, path, project);
}

/**
 * Docker's name of a release's container is PROJECT-CONTAINER-RELEASE-SUFFIX, with 10 and 7 characters at its end, and one
 * label of a host name, which has 63 at most (RFC 1035 2.3.4).
 */
const LONGEST_TOGETHER = 63 - "--0123456789-0123456".length;

function checkContainers(file: CheckedFile, path: Path, project: Loose<ProjectEntry>): void {
  const containers = Object.entries(project.containers ?? {});
  if (project.containers && containers.length === 0)
    file.report([...path, "containers"], "no container; add one", "key");
  for (const [name, container = {}] of containers) {
    const at = [...path, "containers", name];
    const listens = "port" in container;
    if (container.routes && !listens) {
      file.report([...at, "routes"], "routes without a port; add the port that the container listens on", "key");
    }
    if (container.routes?.length === 0) {
      const text = "no route; name one, or leave routes out for everything that no other container has";
      file.report([...at, "routes"], text, "key");
    }
    const together = String(path.at(-1)).length + name.length;
    if (listens && together > LONGEST_TOGETHER) {
      const text =
        `the names of project and container have ${together} characters together, the gateway finds it by both: ` +
        `${LONGEST_TOGETHER} at most`;
      file.report(at, text, "key");
    }
    checkPaths(file, at, container);
    checkHealth(file, at, container);
  }
}

function checkHealth(file: CheckedFile, at: Path, container: Pick<LooseContainer, "port" | "health">): void {
  const { health } = container;
  if (!health) return;
  const listens = "port" in container;
  const hasPath = "path" in health;
  const hasCommand = "command" in health;
  if (hasPath && hasCommand) {
    file.report([...at, "health"], "both path and command; keep one of the two", "key");
  } else if (!hasPath && !hasCommand) {
    const missing = listens ? "path: /healthz, or a command" : "a command";
    file.report([...at, "health"], `neither path nor command; add ${missing}`, "key");
  } else if (hasPath && !listens) {
    const text = "a path without a port; add the port, or give a command that exits 0 while the container is healthy";
    file.report([...at, "health", "path"], text, "key");
  }
  if ("expect" in health && !hasPath) {
    file.report([...at, "health", "expect"], "expect without a path; a command says it by its exit code", "key");
  }
}

type LooseContainer = NonNullable<NonNullable<Loose<ProjectEntry>["containers"]>[string]>;

/** No two mounts at one path. */
function checkPaths(file: CheckedFile, at: Path, container: Pick<LooseContainer, "volumes" | "tmpfs">): void {
  const mounts = [
    ...Object.entries(container.volumes ?? {}).map(([name, mount]) => [mount, [...at, "volumes", name]] as const),
    ...(container.tmpfs ?? []).map((mount, index) => [mount, [...at, "tmpfs", index]] as const),
  ];
  refuseTwice(file, mounts, (mount, first) => `${mount} is mounted already, at ${first}`);
}

function checkRoutes(file: CheckedFile, path: Path, project: Loose<ProjectEntry>): void {
  const containers = Object.entries(project.containers ?? {});
  const routes = containers.flatMap(([name, container]) =>
    (container?.routes ?? []).map((route, index) => [route, [...path, "containers", name, "routes", index]] as const),
  );
  refuseTwice(file, routes, (route, first) => `${route} is routed already, at ${first}; a path goes to one container`);

  const [first, ...others] = containers.filter(([, it]) => it?.port !== undefined && !("routes" in it));
  for (const [name] of others) {
    const place = file.position([...path, "containers", (first as (typeof others)[0])[0]]);
    const text = `gets everything without a route, as "${first?.[0]}" (${place}) does; give one of the two routes`;
    file.report([...path, "containers", name], text, "key");
  }
}

function checkDomains(file: CheckedFile, path: Path, project: Loose<ProjectEntry>): void {
  if (!project.containers) return;
  const listens = Object.values(project.containers).some((container) => container && "port" in container);
  const hasDomains = "domains" in project && Object.keys(project.domains ?? { wrong: [] }).length > 0;
  if (listens && !hasDomains) {
    const name = String(path.at(-1));
    file.report(path, `no domains; add them for each environment, e.g. domains: { local: [${name}.localhost] }`, "key");
  }
  if (!listens && hasDomains) {
    file.report([...path, "domains"], "no container has a port; add one, or remove the domains", "key");
  }
}

function checkVariables(file: CheckedFile, path: Path, project: Loose<ProjectEntry>): void {
  const { required = [], defaults = {} } = project.variables ?? {};
  const names = required.map((name, index) => [name, [...path, "variables", "required", index]] as const);
  refuseTwice(file, names, (name, first) => `${name} is required already, at ${first}`);
  for (const [name, at] of names) {
    if (name !== undefined && Object.hasOwn(defaults, name)) {
      const place = file.position([...path, "variables", "defaults", name]);
      file.report(at, `${name} has a default (${place}), so it is never missing; remove one of the two`);
    }
  }
  if (project.database === "shared" && "DATABASE_URL" in defaults) {
    const text = "database: shared sets DATABASE_URL; remove this default, or the database";
    file.report([...path, "variables", "defaults", "DATABASE_URL"], text, "key");
  }
}

/** An accessory answers in the project's network by its name, which nothing else there has. */
function checkAccessories(file: CheckedFile, path: Path, project: Loose<ProjectEntry>): void {
  for (const [name, accessory = {}] of Object.entries(project.accessories ?? {})) {
    const at = [...path, "accessories", name];
    if (RESERVED_HOSTS.includes(name)) {
      file.report(at, `"${name}" is the platform's own name in the project's network; rename it`, "key");
    } else if (Object.hasOwn(project.containers ?? {}, name)) {
      const place = file.position([...path, "containers", name]);
      file.report(at, `"${name}" is a container of the project (${place}); rename one of the two`, "key");
    }
    checkPaths(file, at, accessory);
    checkHealth(file, at, accessory);
  }
}

/** Names that the platform's own containers answer to in a project's network. */
const RESERVED_HOSTS = ["gateway", "postgres"];

function checkBackup(file: CheckedFile, path: Path, project: Loose<ProjectEntry>): void {
  const mounting = [...Object.values(project.containers ?? {}), ...Object.values(project.accessories ?? {})];
  const known = [...new Set(mounting.flatMap((it) => Object.keys(it?.volumes ?? {})))];
  for (const [index, volume] of (project.backup?.volumes ?? []).entries()) {
    if (volume === undefined || known.includes(volume)) continue;
    file.report([...path, "backup", "volumes", index], `no volume "${volume}"; allowed: ${known.join(", ") || "none"}`);
  }
}

/** Containers that migrations and smoke tests name. */
function checkReferences(file: CheckedFile, path: Path, project: Loose<ProjectEntry>): void {
  const { containers, migrations, smokeTests = [] } = project;
  if (containers) {
    const known = Object.keys(containers).join(", ");
    const find = (at: Path, name: string | undefined) => {
      if (name === undefined) return undefined;
      if (Object.hasOwn(containers, name)) return containers[name];
      file.report(at, `no container "${name}"; allowed: ${known}`);
      return undefined;
    };
    find([...path, "migrations", "container"], migrations?.container);
    for (const [index, test] of smokeTests.entries()) {
      const at = [...path, "smokeTests", index, "container"];
      const container = find(at, test?.container);
      if (container && !("port" in container)) {
        file.report(at, `container "${test?.container}" has no port, so no request reaches it`);
      }
    }
  }
  const names = smokeTests.map((test, index) => [test?.name, [...path, "smokeTests", index, "name"]] as const);
  refuseTwice(file, names, (name, first) => `"${name}" is the name of another test, at ${first}`);
}

/** Reports every value that an earlier one equals; the text is told where that one is. */
export function refuseTwice(
  file: CheckedFile,
  values: (readonly [value: string | undefined, path: Path])[],
  text: (value: string, first: string) => string,
): void {
  const firsts = new Map<string, Path>();
  for (const [value, path] of values) {
    if (value === undefined) continue;
    const first = firsts.get(value);
    if (first) file.report(path, text(value, file.position(first)));
    else firsts.set(value, path);
  }
}
