import { outliveReaders } from "../terminal/readers";
import { type Command, loadCommand, VERBS } from "./commands";
import { explain } from "./explain";
import type { MigrationFailure } from "./failed-migration";
import { installedRoot, type Layout, layout } from "./layout";
import { Log } from "./log";
import type { Operation } from "./operation";
import type { Intent } from "./requests";

/** Exit codes of the script contract (SC-03). */
const FAILED = 1;
const USAGE = 1;

/** Those that end well though their caller vanishes, where systemd runs. */
const OPERATIONS = ["pre-deploy-backup", "restore-prepare", "migrate", "rollout"];
/** Carries out, in a process of its own, what one of them was asked. */
const OPERATION = "operation";
/** Longest wait for an answer that only makes the next one quicker, in milliseconds. */
const ASK_MS = 500;
/** Waits until it is asked for one of them. */
const AHEAD = "ahead";

/** The operator's commands, the processes that outlive their caller, and the commands that the Pulumi program calls. */
async function main(name: string | undefined, args: string[]): Promise<number> {
  // Where the file itself is, though a link to it was called.
  const root = installedRoot(__filename);
  // Not for the commands of a deploy, whose other half is declared for the stack's own root.
  const program = process.argv[1];
  if (name === "cli") {
    outliveReaders();
    return (await import("./cli/cli")).cli(layout(process.env.DEPLOY_DIR || root, program), args);
  }
  const place = layout(root, program);
  const [argument = ""] = args;
  if (name === "watch") return watch(place, argument);
  if (name === "let-go") return letGo(place, argument);
  if (name === OPERATION) return operate(place, argument);
  if (name === AHEAD) return startAhead(argument);
  if (name === undefined || !VERBS.includes(name)) {
    process.stderr.write(`usage: host.js ${VERBS.join("|")} < request.json, or host.js cli COMMAND\n`);
    return USAGE;
  }
  if (OPERATIONS.includes(name)) await (await import("./handed-settings")).takeSettings(place);
  if (OPERATIONS.includes(name) && (await import("./transient-unit")).canStartUnits()) return survive(name, place);
  // A switch whose caller went away is ended, too.
  if (!OPERATIONS.includes(name)) outliveReaders();
  return perform(name, place, readRequest);
}

/** Runs one command and prints its result as the last line, in JSON. */
async function perform(verb: string, place: Layout, read: () => Promise<unknown>): Promise<number> {
  const log = new Log(place.log);
  const began = performance.now();
  let request: unknown;
  let intended: Intent | undefined;
  try {
    let command: Command;
    [command, request] = await Promise.all([loadCommand(verb), read()]);
    intended = await (await import("./intent")).readIntent(place, request as never);
    // A command of a deploy belongs to the run that wants the deploy, however far from here that is.
    if (intended?.run) (await import("./run-id")).continueRun(intended.run);
    const result = await command(place, log, request as never, intended);
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return 0;
  } catch (error) {
    const ownCode = failed(log, error as Error);
    const { isDeploying, recordFailure } = await import("./failure");
    if (request === undefined || !isDeploying(verb)) return ownCode;
    const { deployExitCode } = await import("./deploy-exit-code");
    const exitCode = deployExitCode(verb, error as Error, intended?.operation ?? "deploy");
    const { database } = error as MigrationFailure;
    const told = { message: explain(error as Error), exitCode, ...(database && { database }) };
    await recordFailure(place, log, verb, request as never, told, { intended, began }).catch(
      ({ message: why }: Error) => log.warn(`the failure could not be written down: ${why}`),
    );
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
    const command = [process.execPath, place.program, OPERATION];
    return await runOperation(place, log, transientUnits, command, { verb, request });
  } catch (error) {
    return failed(log, error as Error);
  }
}

function failed(log: Log, error: Error & { exitCode?: number }): number {
  log.error(explain(error));
  return error.exitCode ?? FAILED;
}

/**
 * Loads what a command needs and waits: whoever started this sends the environment when it is the command's turn, and
 * its request on stdin. Ends when that one ends, or needs it no more.
 */
async function startAhead(verb: string): Promise<number> {
  await Promise.all([loadCommand(verb), askDocker()]);
  const environment = await new Promise<NodeJS.ProcessEnv | undefined>((done) => {
    process.once("message", (message) => done(message as NodeJS.ProcessEnv));
    process.once("disconnect", () => done(undefined));
    process.send?.("ready");
  });
  if (!environment) return FAILED;
  process.disconnect?.();
  process.env = environment;
  return main(verb, []);
}

/** The first question takes a process several times as long as any other; what is answered is nobody's business. */
async function askDocker(): Promise<void> {
  try {
    const { default: Client } = await import("dockerode");
    await new Client({ timeout: ASK_MS }).ping();
  } catch {} // The command that needs an answer says what is wrong.
}

/** Guards a project whose requests are held, in a process that nobody waits for. */
async function letGo(place: Layout, project: string): Promise<number> {
  const log = new Log(place.log, { informationTo: "nowhere", each: "once" });
  const [{ platformDescription, projectDescription }, { guardHold }] = await Promise.all([
    import("./description"),
    import("./guard-hold"),
  ]);
  const [description, { gateway }] = await Promise.all([
    projectDescription(place, project),
    platformDescription(place),
  ]);
  return (await guardHold(place, log, { description, gateway })) ? 0 : FAILED;
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

const [name, ...args] = process.argv.slice(2);
void main(name, args).then((code) => {
  // What an operator waits for is over, though a container may still hold the connection of a question.
  if (name === "cli") process.exit(code);
  process.exitCode = code;
});
