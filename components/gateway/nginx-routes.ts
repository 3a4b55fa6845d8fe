import type { ContainerSpec, Project } from "../../config/project";

/** Where a project answers for its health through the gateway. */
const HEALTH_PATH = "/healthz";
/** Idle connections kept to a container, per worker. */
const KEPT_CONNECTIONS = 32;
/**
 * Seconds that an idle one is kept. Servers close theirs after 2 to 5 s (gunicorn, uvicorn, Node): a request that is
 * not idempotent, sent at that moment, would be lost.
 */
const KEPT_SECONDS = 1;

const NOTHING_ELSE = `location / {
  return 404;
}
`;

/** The two files of a project that only a rollout writes; they send its requests to one release. */
export interface RoutesConfig {
  /** `routes/<project>/upstreams.conf` */
  upstreams: string;
  /** `routes/<project>/locations.conf` */
  locations: string;
}

/** `containerNames`: name in `projects.yml` to Docker's name of the release's container. Workers may be left out. */
export function routesConfig(project: Project, release: string, containerNames: Record<string, string>): RoutesConfig {
  const routed = project.containers.flatMap(({ port, ...spec }): Routed[] => {
    if (port === undefined) return [];
    const server = `${containerNames[spec.name]}:${port}`;
    return [{ ...spec, server, upstream: `${project.name}_${spec.name}` }];
  });
  return {
    upstreams: routed.map(upstream).join("\n"),
    locations: [header(release), ...healthLocation(routed), ...locations(routed)].join("\n"),
  };
}

interface Routed extends Omit<ContainerSpec, "port"> {
  /** Docker's name and the port. */
  server: string;
  upstream: string;
}

/** `max_fails=0`: the only server of an upstream is never taken out because one connection failed. */
function upstream({ upstream, server }: Routed): string {
  return `upstream ${upstream} {
  zone ${upstream} 64k;
  server ${server} resolve max_fails=0;
  keepalive ${KEPT_CONNECTIONS};
  keepalive_timeout ${KEPT_SECONDS}s;
}
`;
}

function header(release: string): string {
  return `set $slipway_release ${release};
add_header X-Slipway-Release ${release} always;
add_header X-Request-Id $request_id always;
`;
}

/** Longest prefix wins in nginx, whatever the order. */
function locations(routed: Routed[]): string[] {
  const exact = new Set(routed.flatMap(({ routes }) => routes.filter((route) => !route.endsWith("/"))));
  const pathsOf = (route: string) => {
    if (!route.endsWith("/")) return [`= ${route}`];
    const itself = route.slice(0, -1);
    return exact.has(itself) ? [route] : [`= ${itself}`, route];
  };
  const everythingElse = routed.some(({ routes }) => routes.length === 0) ? [] : [NOTHING_ELSE];
  return [
    ...routed.flatMap((container) => {
      const paths = container.routes.length > 0 ? container.routes.flatMap(pathsOf) : ["/"];
      return [...paths.map((path) => location(path, container)), unresolvedLocation(container)];
    }),
    ...everythingElse,
  ];
}

function location(path: string, { upstream, name }: Routed, rewrite = ""): string {
  return `location ${path} {
${rewrite}  proxy_pass http://${upstream};
  error_page 502 = @${name};
}
`;
}

/**
 * For some milliseconds after a reload an upstream has no address yet and nginx answers 502 at once. Such a request,
 * of which nothing was sent (then no address is in `$upstream_addr`), waits here for the name to be resolved instead.
 */
function unresolvedLocation({ name, server }: Routed): string {
  return `location @${name} {
  if ($upstream_addr ~ :) {
    return 502;
  }
  set $slipway_server ${server};
  proxy_pass http://$slipway_server;
}
`;
}

/** Answered by the backend where there is one, since it depends on more; several: the first by name. */
function healthLocation(routed: Routed[]): string[] {
  if (routed.some(({ routes }) => routes.includes(HEALTH_PATH) || routes.includes(`${HEALTH_PATH}/`))) return [];
  const probed = routed.filter(({ health }) => health.path !== undefined);
  const byName = probed.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const container = byName.find(({ routes }) => routes.length > 0) ?? byName[0];
  if (!container) return [];
  const { path } = container.health;
  const rewrite = path === HEALTH_PATH ? "" : `  rewrite ^ ${path} break;\n`;
  return [location(`= ${HEALTH_PATH}`, container, rewrite)];
}
