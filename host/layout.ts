import { join, resolve } from "node:path";

/**
 * Where things are below a host's root: `/` on a droplet, `.slipway` of the checkout on stack local. The program is
 * installed at `<root>/opt/slipway/host.js`, so it finds its root by where it stands.
 */
export interface Layout {
  state: string;
  gateway: string;
  log: string;
  project(name: string): string;
}

export function layout(root: string): Layout {
  const state = join(root, "var/lib/slipway");
  return {
    state,
    gateway: join(state, "gateway"),
    log: join(root, "var/log/slipway/deployment.log"),
    project: (name) => join(state, "projects", name),
  };
}

export function installedRoot(script: string): string {
  return resolve(script, "../../..");
}
