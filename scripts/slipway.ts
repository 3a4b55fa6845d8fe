import { Command, CommanderError, Help } from "commander";
import { addEngineCommands } from "../engine/cli/commands";
import type { GlobalOptions } from "../engine/cli/global-options";
import { wasTerminated } from "../engine/cli/interrupt";
import { CommandError, EXIT } from "../engine/exit-code";
import { INTERRUPTED } from "../terminal/end-signals";
import { outliveReaders } from "../terminal/readers";
import { stopped as setupStopped } from "./setup/interruption";
import { typedCommand } from "./typed-command";

const FAILED = 1;

/** Commands of the repository itself, each a module of this folder that exports `run(args)`. */
const OWN_COMMANDS: Record<string, { description: string; load: () => Promise<OwnCommand> }> = {
  setup: {
    description: "make this machine ready: packages, Docker, images",
    load: () => import("./setup"),
  },
  init: { description: "write a projects.yml with a first project", load: () => import("./init") },
  deploy: { description: "bring a version of a project live", load: () => import("./deploy") },
  rollback: { description: "go back to the release before, or one further back", load: () => import("./rollback") },
  env: { description: "encrypt an .env file into the stack's configuration", load: () => import("./env") },
  test: { description: "run every test", load: () => import("./test") },
  bench: { description: "measure, and compare with what it must reach", load: () => import("./bench") },
  backup: { description: "back up a project", load: onHost("backup") },
  restore: { description: "bring a backup of a project back", load: onHost("restore") },
  downgrade: { description: "take a project's database one schema revision back", load: onHost("downgrade") },
  runs: { description: "what was run: list the runs, or show one", load: () => import("./runs") },
  "health-check": { description: "ask every service once how it is", load: onHost("health-check") },
  "deployment-status": {
    description: "what of a project is deployed, was, and can be",
    load: onHost("deployment-status"),
  },
};

interface OwnCommand {
  /** Resolves with the exit code. */
  run(args: string[], mayAsk: boolean): Promise<number>;
}

/** A command of the stack's host. */
function onHost(name: string): () => Promise<OwnCommand> {
  return async () => {
    const { hostCommand } = await import("./host/host-command");
    const { chosenColor } = await import("../terminal/palette");
    // Read already, as an option of every command.
    const color = chosenColor(process.argv.slice(2));
    return {
      run: (args, mayAsk) => hostCommand(name, color === "auto" ? args : [...args, `--color=${color}`], mayAsk),
    };
  };
}

const EXAMPLES = `Examples:
  slipway up                             deploy stack local on this machine
  slipway deploy hello 1.1.0             bring a version live, watched, and taken back when it fails
  slipway rollback hello                 go back to the release before
  slipway preview --stack staging        what an up of staging would do
`;
/** Known to Pulumi's users, and left out of the list that has to fit a screen. */
const UNLISTED = ["help", "version"];

async function main(args: string[]): Promise<void> {
  const program: Command = new Command("slipway")
    .description("Many projects behind one nginx gateway, every deploy reversible.")
    .addHelpText("before", EXAMPLES)
    .configureHelp({
      subcommandTerm: (command): string =>
        command.parent === program
          ? [command.name(), ...command.aliases()].join("|")
          : Help.prototype.subcommandTerm(command),
      visibleCommands: ({ commands }) => commands.filter((command) => !UNLISTED.includes(command.name())),
    })
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });

  for (const [name, { description, load }] of Object.entries(OWN_COMMANDS)) {
    program
      .command(`${name} [args...]`)
      .description(description)
      .allowUnknownOption()
      .action(async (given: string[]) => {
        const { cwd, nonInteractive } = program.opts<GlobalOptions>();
        if (cwd !== undefined) enter(cwd);
        process.exitCode = await (await load()).run(given, !nonInteractive);
      });
  }
  addEngineCommands(program, {
    makeReady: async ({ root }) => void (await (await import("./setup")).ensureLocal(root, { willRun: true })),
    startAhead: async (project, stack) => (await import("./host/host-ahead")).HostAhead.forStack(project, stack),
  });
  program.hook("preAction", async () => void (await import("../host/run-id")).runId());
  program.hook("postAction", async (_, command) => {
    const { json, cwd, stack } = command.optsWithGlobals();
    if (!process.exitCode || command.name() in OWN_COMMANDS) return;
    if (json) await tellMistakes(cwd, stack);
    else process.stderr.write((await import("../engine/cli/doc-page")).seeAlso("slipway.run.failed"));
  });
  // These print their own help, and what they inherited would answer before them.
  for (const command of program.commands) if (command.name() in OWN_COMMANDS) command.helpOption(false);
  if (args.length === 0) return program.outputHelp();
  await program.parseAsync(args, { from: "user" });
}

/** The engine is told the folder of its project; everything else asks this process. */
function enter(folder: string): void {
  try {
    process.chdir(folder);
  } catch (cause) {
    throw new CommandError(`--cwd ${folder}: there is no such folder`, EXIT.usage, { cause });
  }
}

/** A run that failed with `--json` tells the mistakes of the configuration one by one. */
async function tellMistakes(cwd: string | undefined, named: string | undefined): Promise<void> {
  const { chosenStack, openEngine, openProject } = await import("../engine/cli/open-engine");
  const [{ loadModel }, { configMistakes }] = await Promise.all([
    import("../config/model"),
    import("./config-mistakes"),
  ]);
  const project = await openProject(cwd);
  const stack = await chosenStack(await openEngine(project), named);
  try {
    loadModel(project.root, stack);
  } catch (error) {
    process.stderr.write(configMistakes(error));
  }
}

outliveReaders();
main(process.argv.slice(2)).catch(tell).then(endWhereTerminated);

async function tell(error: unknown): Promise<void> {
  const failure = error instanceof CommanderError ? await usage(error) : error;
  if (!failure) return;
  const { message = String(failure), exitCode } = failure as { message?: string; exitCode?: number };
  const code = failure === error ? codeOf(failure) : "slipway.usage";
  process.stderr.write(
    wantsJson()
      ? await failureJson(message, code)
      : `${await inRed(`error: ${message}`)}\n${(await import("../engine/cli/doc-page")).seeAlso(code)}`,
  );
  if (process.argv.includes("--debug")) process.stderr.write(`${(failure as Error).stack}\n`);
  process.exitCode = isOwn() ? FAILED : (exitCode ?? FAILED);
}

/** What it has to say is written by then, and what it gave up need not come to its end. */
function endWhereTerminated(): void {
  if (wasTerminated() || setupStopped.aborted) process.exit();
}

/** Its own exit codes mean something else than Pulumi's (SC-01). */
function isOwn(): boolean {
  return Object.hasOwn(OWN_COMMANDS, typedCommand(process.argv.slice(2)) ?? "");
}

async function inRed(text: string): Promise<string> {
  const { chosenColor, palette, wantsColor } = await import("../terminal/palette");
  return palette(wantsColor(chosenColor(process.argv.slice(2)), process.stderr.isTTY, process.env)).red(text);
}

/** As far as can be told of a command line that may not have been understood. */
function wantsJson(): boolean {
  return process.argv.slice(2).some((arg) => arg === "--json" || arg === "-j");
}

async function failureJson(message: string, code: string): Promise<string> {
  return (await import("../engine/cli/error-json")).errorJson({ code, message });
}

/** Errors that a program can act upon have a code of their own. */
function codeOf({ name, exitCode }: Partial<Error & { exitCode: number }>): string {
  if (name === "ConfigError") return "slipway.config.invalid";
  if (name === "StackNotFoundError") return "slipway.stack.not_found";
  if (name === "StackLockedError") return "slipway.stack.locked";
  if (exitCode === INTERRUPTED) return "slipway.interrupted";
  return exitCode === 2 ? "slipway.usage" : "slipway.failed";
}

async function usage(error: CommanderError): Promise<Error | undefined> {
  return (await import("../engine/cli/refusals")).usageError(error, "slipway");
}
