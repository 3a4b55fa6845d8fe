/** A root file system made from Debian packages, or taken from an image hub where one is reachable. */
export interface DebianRecipe {
  kind: "debian";
  name: string;
  suite: string;
  /** Packages beyond the minimum. */
  include: string[];
  /** The hub's image that serves as well. */
  hubImage: string;
}

/** An image built from a folder with a `Dockerfile`. */
export interface BuildRecipe {
  kind: "build";
  name: string;
  /** Of a sample's image; the platform's own have none. */
  version?: string;
  /** Build context, relative to the checkout. */
  folder: string;
  /** Build argument that the image it starts from is given in, and that image. */
  from: { argument: string; recipe: Recipe };
}

export type Recipe = DebianRecipe | BuildRecipe;

/** A container of a sample project, whose images go to the registry. */
export interface Sample {
  project: string;
  /** As in `projects.yml`. */
  container: string;
  /** Version to recipe; the first is what a fresh stack runs. */
  versions: Record<string, BuildRecipe>;
}

const debian: DebianRecipe = {
  kind: "debian",
  name: "debian",
  suite: "trixie",
  include: [],
  hubImage: "debian:trixie-slim",
};

/** Debian 13's nginx is 1.26; the gateway needs 1.28. */
const debianNginx: DebianRecipe = {
  kind: "debian",
  name: "debian-nginx",
  suite: "forky",
  include: ["nginx"],
  hubImage: "nginx:1.30",
};

const base: BuildRecipe = {
  kind: "build",
  name: "base",
  folder: "images/base",
  from: { argument: "DEBIAN", recipe: debian },
};

/** Images of the platform itself, by their key in `slipway:images`. */
export const PLATFORM = {
  gateway: build("gateway", "images/gateway", { argument: "NGINX", recipe: debianNginx }),
  postgres: build("postgres", "images/postgres"),
  registry: build("registry", "images/registry"),
};

/** A machine like a droplet, which only tests make. */
export const DROPLET = build("droplet", "images/droplet");

export const SAMPLES: Sample[] = [
  sample("hello", "web", "examples/hello"),
  sample("calendar", "backend", "examples/calendar/backend", "calendar-backend"),
  sample("calendar", "frontend", "examples/calendar/frontend", "calendar-frontend"),
];

function build(
  name: string,
  folder: string,
  from: BuildRecipe["from"] = { argument: "BASE", recipe: base },
): BuildRecipe {
  return { kind: "build", name, folder, from };
}

/** Both versions of a sample's container. */
function sample(project: string, container: string, folder: string, name = project): Sample {
  const at = (version: string): BuildRecipe => ({ ...build(name, folder), version });
  return { project, container, versions: { "1.0.0": at("1.0.0"), "1.1.0": at("1.1.0") } };
}
