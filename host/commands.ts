import type { Layout } from "./layout";
import type { Log } from "./log";
import type { Intent } from "./requests";

/** `intended`: what an operator wants of the deploy that the request is part of. */
export type Command = (layout: Layout, log: Log, request: never, intended: Intent | undefined) => Promise<unknown>;
type LoadCommand = () => Promise<Command>;

/** Loaded one by one: whoever calls one pays for what it loads. */
const COMMANDS: Record<string, LoadCommand> = {
  observe: async () => {
    const { observe } = await import("./observe");
    return (layout, _log, request) => observe(layout, request);
  },
  pending: async () => (await import("./pending")).pendingMigrations,
  gateway: async () => (await import("./gateway")).configureGateway,
  "gateway-ready": async () => (await import("./gateway")).readyGateway,
  "mend-gateway": async () => (await import("./change-gateway")).mendGateway,
  attach: async () => (await import("./attach")).attach,
  detach: async () => {
    const { detach } = await import("./attach");
    return (layout, _log, request) => detach(layout, request);
  },
  unroute: async () => (await import("./attach")).unroute,
  database: async () => {
    const { ensureDatabase } = await import("./database");
    return (_layout, log, request) => ensureDatabase(log, request);
  },
  "database-remove": async () => (await import("./database")).removeDatabase,
  "describe-platform": async () => {
    const { describePlatform } = await import("./description");
    return (layout, _log, request) => describePlatform(layout, request);
  },
  describe: async () => {
    const { describeProject } = await import("./description");
    return (layout, _log, request) => describeProject(layout, request);
  },
  "backup-timer": async () => (await import("./backup/backup-timer")).installBackupTimer,
  "backup-timer-remove": async () => (await import("./backup/backup-timer")).removeBackupTimer,
  accessory: async () => {
    const { readyAccessory } = await import("./accessory");
    return (_layout, log, request) => readyAccessory(log, request);
  },
  preflight: async () => (await import("./preflight")).preflight,
  "pre-deploy-backup": async () => (await import("./backup/pre-deploy-backup")).preDeployBackup,
  "restore-prepare": async () => (await import("./restore/restore-prepare")).restorePrepare,
  migrate: async () => (await import("./migrate")).migrate,
  rollout: async () => (await import("./rollout")).rollout,
  "resolve-version": async () => {
    const { resolveImages } = await import("./registry-version");
    return (_layout, _log, request) => resolveImages(request);
  },
  "run-records": async () => (await import("./run-records")).runRecords,
  state: async () => {
    const { projectState } = await import("./project-state");
    return (layout, _log, request) => projectState(layout, request);
  },
  rollback: async () => (await import("./rollback")).rollback,
  "rollback-plan": async () => (await import("./rollback-data")).rollbackPlan,
  "release-hold": async () => (await import("./release-hold")).releaseHold,
  conclude: async () => (await import("./conclude-deploy")).concludeDeploy,
  intend: async () => {
    const { writeIntent } = await import("./intent");
    return (layout, _log, request) => writeIntent(layout, request);
  },
  "forget-intent": async () => {
    const { forgetIntent } = await import("./intent");
    return (layout, _log, request) => forgetIntent(layout, request);
  },
  retire: async () => (await import("./retire")).retire,
};

/** Names of the commands that the Pulumi program and the commands beside it call. */
export const VERBS = Object.keys(COMMANDS);

export function loadCommand(verb: string): Promise<Command> {
  return (COMMANDS[verb] as LoadCommand)();
}
