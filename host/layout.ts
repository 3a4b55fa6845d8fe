import { existsSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";

/**
 * Where things are below a host's root: `/` on a droplet, `.slipway` of the checkout on stack local. The program is
 * installed at `<root>/opt/slipway/host.js`, so it finds its root by where it stands.
 */
export interface Layout {
  /** The host program, for what is to outlive its caller. */
  program: string;
  state: string;
  gateway: string;
  log: string;
  /** One JSON object a line for every deploy, rollback, backup and restore (SC-15). */
  audit: string;
  /** Prometheus' text format, for its textfile collector (MT-21). */
  metrics: string;
  /** Backups of all projects, a folder each. BACKUP_DIR overrides it. */
  backups: string;
  /** Output and exit code of commands that outlive their caller, a folder each; gone after a reboot, as they are. */
  operations: string;
  /** `PlatformDescription` as JSON; mode 0600. */
  platform: string;
  project(name: string): string;
}

export function layout(root: string, program = join(root, "opt/slipway/host.js")): Layout {
  const state = join(root, "var/lib/slipway");
  return {
    program,
    state,
    gateway: join(state, "gateway"),
    log: join(root, "var/log/slipway/deployment.log"),
    audit: join(root, "var/log/slipway/audit.jsonl"),
    metrics: join(state, "metrics/slipway.prom"),
    backups: process.env.BACKUP_DIR || join(state, "backups"),
    operations: join(root, "run/slipway/operations"),
    platform: join(state, "platform.json"),
    project: (name) => join(state, "projects", name),
  };
}

/** Below a root on this machine, as the program there finds it: locks go by the path. */
export function layoutAt(root: string): Layout {
  const { program } = layout(root);
  return layout(existsSync(program) ? installedRoot(realpathSync(program)) : root);
}

export function installedRoot(script: string): string {
  return resolve(script, "../../..");
}
