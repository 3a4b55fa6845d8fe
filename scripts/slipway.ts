import { Command, CommanderError } from "commander";
import { addEngineCommands } from "../engine/cli/commands";

/** Commands of the repository itself, each a module of this folder that exports `run(args)`. */
const OWN_COMMANDS: Record<string, { description: string; load: () => Promise<OwnCommand> }> = {
  setup: {
    description: "make this machine ready for stack local: packages, Docker, images",
    load: () => import("./setup"),
  },
  deploy: { description: "bring a version of a project live", load: () => import("./deploy") },
  rollback: { description: "go back to the release before, or one further back", load: () => import("./rollback") },
  env: { description: "encrypt an .env file into the stack's configuration", load: () => import("./env") },
  test: { description: "run every test", load: () => import("./test") },
  bench: { description: "measure, and compare with what it must reach", load: () => import("./bench") },
  backup: { description: "back up a project", load: onHost("backup") },
  restore: { description: "bring a backup of a project back", load: onHost("restore") },
  downgrade: { description: "take a project's database one schema revision back", load: onHost("downgrade") },
  "health-check": { description: "ask every service once how it is", load: onHost("health-check") },
  "deployment-status": {
    description: "what of a project is deployed, was, and can be",
    load: onHost("deployment-status"),
  },
};

interface OwnCommand {
  /** Resolves with the exit code. */
  run(args: string[]): Promise<number>;
}

/** A command of the stack's host. */
function onHost(name: string): () => Promise<OwnCommand> {
  return async () => {
    const { hostCommand } = await import("./host/host-command");
    return { run: (args) => hostCommand(name, args) };
  };
}

const EXAMPLES = `
Examples:
  slipway up                             deploy stack local on this machine
  slipway deploy hello 1.1.0             bring a version live, watched, and taken back when it fails
  slipway rollback hello                 go back to the release before
  slipway preview --stack staging        what an up of staging would do
  slipway config set --path 'slipway:releases.blog.live.version' 1.4.2
  slipway stack output gatewayUrl
`;

async function main(args: string[]): Promise<void> {
  const program = new Command("slipway")
    .description("Many projects behind one nginx gateway, every deploy reversible.")
    .addHelpText("before", EXAMPLES)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });

  for (const [name, { description, load }] of Object.entries(OWN_COMMANDS)) {
    program
      .command(`${name} [args...]`)
      .description(description)
      .allowUnknownOption()
      .action(async (given: string[]) => {
        process.exitCode = await (await load()).run(given);
      });
  }
  addEngineCommands(program, async ({ root }) => {
    await (await import("./setup")).ensureLocal(root);
  });
  // These print their own help, and what they inherited would answer before them.
  for (const command of program.commands) if (command.name() in OWN_COMMANDS) command.helpOption(false);
  if (args.length === 0) return program.outputHelp();
  await program.parseAsync(args, { from: "user" });
}

/** A reader that went away (`slipway up | head`) must not end a run in the middle. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

main(process.argv.slice(2)).catch(async (error: unknown) => {
  const failure = error instanceof CommanderError ? await usage(error) : error;
  if (!failure) return;
  const { message, exitCode } = failure as { message?: string; exitCode?: number };
  process.stderr.write(`error: ${message ?? failure}\n`);
  if (process.argv.includes("--debug")) process.stderr.write(`${(failure as Error).stack}\n`);
  process.exitCode = exitCode ?? 1;
});

async function usage(error: CommanderError): Promise<Error | undefined> {
  return (await import("../engine/cli/refusals")).usageError(error, "slipway");
}
