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
  preflight: async () => (await import("./preflight")).preflight,
  "pre-deploy-backup": async () => (await import("./backup/pre-deploy-backup")).preDeployBackup,
  migrate: async () => (await import("./migrate")).migrate,
  rollout: async () => (await import("./rollout")).rollout,
  retire: async () => (await import("./retire")).retire,
};

/** Those that end well though their caller vanishes, where systemd runs. */
const OPERATIONS = ["pre-deploy-backup", "migrate", "rollout"];
/** Carries out, in a process of its own, what one of them was asked. */
const OPERATION = "operation";

async function main(name: string | undefined, folder = ""): Promise<number> {
  const place = layout(installedRoot(process.argv[1] ?? ""));
  if (name === OPERATION) {
    const { endOperation, takeOperation } = await import("./operation");
    const { verb, request } = await takeOperation(folder);
    const exitCode = await perform(COMMANDS[verb] as LoadCommand, place, async () => request);
    await endOperation(folder, exitCode);
    return exitCode;
  }
  const load = COMMANDS[name ?? ""];
  if (!load || name === undefined) {
    process.stderr.write(`usage: host.js ${Object.keys(COMMANDS).join("|")} < request.json\n`);
    return USAGE;
  }
  if (OPERATIONS.includes(name) && (await import("./transient-unit")).canStartUnits()) return survive(name, place);
  return perform(load, place, readRequest);
}

/** Runs one command and prints its result as the last line, in JSON. */
async function perform(load: LoadCommand, place: Layout, read: () => Promise<unknown>): Promise<number> {
  const log = new Log(place.log);
  try {
    const [command, request] = await Promise.all([load(), read()]);
    const result = await command(place, log, request as never);
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return 0;
  } catch (error) {
    return failed(log, error as Error);
  }
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

void main(process.argv[2], process.argv[3]).then((code) => {
  process.exitCode = code;
});
