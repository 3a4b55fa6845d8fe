import type { Project } from "../../config/project";
import { GATEWAY_PORT } from "./gateway-port";
import { page } from "./nginx-page";

/**
 * `sites/<project>.conf`: the project's names; "" for a project without domains.
 *
 * It changes with the domains only. What serves them is included from `routesConfig`, which a rollout writes; as long
 * as there is nothing to include, the project answers 503.
 */
export function siteConfig(project: Pick<Project, "name" | "domains">): string {
  const { name, domains } = project;
  if (domains.length === 0) return "";
  return `server {
  listen ${GATEWAY_PORT};
  server_name ${domains.join(" ")};
  default_type text/html;
  set $slipway_project ${name};
  set $slipway_release "";
  include routes/${name}/locations*.conf;
  if ($slipway_release = "") {
    return 503 "${page("Not deployed", `${name} has no release yet.`)}";
  }
}
`;
}
