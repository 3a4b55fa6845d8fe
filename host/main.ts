import { installedRoot, type Layout, layout } from "./layout";
import { Log } from "./log";

/** Exit codes of the script contract (SC-03). */
const FAILED = 1;
const USAGE = 1;

type Command = (layout: Layout, log: Log, request: never) => Promise<unknown>;

/** Loaded one by one: each call of the host program is a process of its own and pays for what it loads. */
const COMMANDS: Record<string, () => Promise<Command>> = {
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
  migrate: async () => (await import("./migrate")).migrate,
  rollout: async () => (await import("./rollout")).rollout,
  retire: async () => (await import("./retire")).retire,
};

/** Reads the request from stdin, runs one command and prints its result as the last line, in JSON. */
async function main(name: string | undefined): Promise<number> {
  const load = COMMANDS[name ?? ""];
  if (!load) {
    process.stderr.write(`usage: host.js ${Object.keys(COMMANDS).join("|")} < request.json\n`);
    return USAGE;
  }
  const place = layout(installedRoot(process.argv[1] ?? ""));
  const log = new Log(place.log);
  try {
    const [command, request] = await Promise.all([load(), readRequest()]);
    const result = await command(place, log, request as never);
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return 0;
  } catch (error) {
    log.error(explain(error as Error));
    return (error as { exitCode?: number }).exitCode ?? FAILED;
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

void main(process.argv[2]).then((code) => {
  process.exitCode = code;
});
