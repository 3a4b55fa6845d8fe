import { installedRoot, type Layout, layout } from "./layout";
import { Log } from "./log";
import type { Operation } from "./operation";

/** Exit codes of the script contract (SC-03). */
const FAILED = 1;
const USAGE = 1;

type Command = (layout: Layout, log: Log, request: never) => Promise<unknown>;
type LoadCommand = () => Promise<Command>;

/** Loaded one by one: each call of the host program is a process of its own and pays for what it loads. */
const COMMANDS: Record<string, LoadCommand> = {
  observe: async () => {
    const { observe } = await import("./observe");
    return (layout, _log, request) => observe(layout, request);
  },
  gateway: async () => (await import("./gateway")).configureGateway,
  "gateway-ready": async () => (await import("./gateway")).readyGateway,
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
  retire: async () => (await import("./retire")).retire,
};

/** Those that end well though their caller vanishes, where systemd runs. */
const OPERATIONS = ["pre-deploy-backup", "restore-prepare", "migrate", "rollout"];
/** Carries out, in a process of its own, what one of them was asked. */
const OPERATION = "operation";

/** The operator's commands, the processes that outlive their caller, and the commands that the Pulumi program calls. */
async function main(name: string | undefined, args: string[]): Promise<number> {
  // Where the file itself is, though a link to it was called.
  const root = installedRoot(__filename);
  // Not for the commands of a deploy, whose other half is declared for the stack's own root.
  if (name === "cli") return (await import("./cli/cli")).cli(layout(process.env.DEPLOY_DIR || root), args);
  const place = layout(root);
  const [argument = ""] = args;
  if (name === "watch") return watch(place, argument);
  if (name === "let-go") return letGo(place, argument);
  if (name === OPERATION) return operate(place, argument);
  if (name === undefined || !COMMANDS[name]) {
    process.stderr.write(`usage: host.js ${Object.keys(COMMANDS).join("|")} < request.json, or host.js cli COMMAND\n`);
    return USAGE;
  }
  if (OPERATIONS.includes(name) && (await import("./transient-unit")).canStartUnits()) return survive(name, place);
  return perform(name, place, readRequest);
}

/** Runs one command and prints its result as the last line, in JSON. */
async function perform(verb: string, place: Layout, read: () => Promise<unknown>): Promise<number> {
  const log = new Log(place.log);
  const began = performance.now();
  let request: unknown;
  try {
    let command: Command;
    [command, request] = await Promise.all([(COMMANDS[verb] as LoadCommand)(), read()]);
    const result = await command(place, log, request as never);
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return 0;
  } catch (error) {
    const exitCode = failed(log, error as Error);
    const { isDeploying, recordFailure } = await import("./failure");
    if (request !== undefined && isDeploying(verb)) {
      const message = explain(error as Error);
      await recordFailure(place, log, verb, request as never, { message, exitCode }, began).catch(
        ({ message: why }: Error) => log.warn(`the failure could not be written down: ${why}`),
      );
    }
    return exitCode;
  }
}

/** Carries out what `survive` was asked. */
async function operate(place: Layout, folder: string): Promise<number> {
  const { endOperation, takeOperation } = await import("./operation");
  const { verb, request } = await takeOperation(folder);
  const exitCode = await perform(verb, place, async () => request);
  await endOperation(folder, exitCode);
  return exitCode;
}

/** Runs one command in a unit of systemd's, which says all that `perform` does. */
async function survive(verb: string, place: Layout): Promise<number> {
  const log = new Log(place.log);
  // Whoever listened is gone; the command is not.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => process.exit(FAILED));
  try {
    const [{ runOperation }, { transientUnits }] = await Promise.all([
      import("./operation"),
      import("./transient-unit"),
    ]);
    const request = (await readRequest()) as Operation["request"];
    const command = [process.execPath, process.argv[1] ?? "", OPERATION];
    return await runOperation(place, log, transientUnits, command, { verb, request });
  } catch (error) {
    return failed(log, error as Error);
  }
}

function failed(log: Log, error: Error & { exitCode?: number }): number {
  log.error(explain(error));
  return error.exitCode ?? FAILED;
}

/** Guards a project whose requests are held, in a process that nobody waits for. */
async function letGo(place: Layout, project: string): Promise<number> {
  const log = new Log(place.log, { informationTo: "nowhere" });
  const { platformDescription, projectDescription } = await import("./description");
  const [description, { gateway }] = await Promise.all([
    projectDescription(place, project),
    platformDescription(place),
  ]);
  await (await import("./hold-writers")).letGoIfHeld(place, log, { description, gateway });
  return 0;
}

/** The rest of a watch, in a process that nobody waits for. */
async function watch(place: Layout, project: string): Promise<number> {
  const log = new Log(place.log, { informationTo: "nowhere" });
  try {
    const { backgroundWatch } = await import("./watch/background-watch");
    await backgroundWatch(place, log, project);
    return 0;
  } catch (error) {
    log.error(`${project}: the watch ended: ${(error as Error).message}`);
    return FAILED;
  }
}

async function readRequest(): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8"));
  } catch (cause) {
    throw new Error("the request on stdin is not JSON; the host program is called by the Pulumi program, not by hand", {
      cause,
    });
  }
}

function explain(error: Error & { code?: string }): string {
  if (error.code === "ECONNREFUSED" || error.code === "ENOENT" || error.code === "EACCES") {
    return `Docker does not answer (${error.message}); is it running, and may this user use it? try: docker info`;
  }
  return error.message;
}

const [name, ...args] = process.argv.slice(2);
void main(name, args).then((code) => {
  // What an operator waits for is over, though a container may still hold the connection of a question.
  if (name === "cli") process.exit(code);
  process.exitCode = code;
});
