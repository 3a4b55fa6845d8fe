import { type Command, Option } from "commander";
import { run, withExamples, withJson, withStack } from "./action";
import type { UpdateHooks } from "./run-command";
import { addRunCommands } from "./run-options";
import { addStackCommands } from "./stack-options";

/**
 * The commands of Pulumi's CLI that this engine has, with their flags. Every action loads what it needs when it runs,
 * so that `--help` answers at once.
 */
export function addEngineCommands(program: Command, hooks?: UpdateHooks): void {
  addGlobalOptions(program);
  addRunCommands(program, hooks);
  addStackCommands(program);
  addConfigCommands(program);
  addStateCommands(program);
}

function addGlobalOptions(program: Command): void {
  program
    .option("-C, --cwd <folder>", "run as if started in this folder")
    .addOption(new Option("--color <when>", "colour").choices(["always", "never", "raw", "auto"]).default("auto"))
    .option("--non-interactive", "ask no question and redraw no line")
    .option("-d, --debug", "print debug messages, too");
}

function addConfigCommands(program: Command): void {
  const actions = () => import("./config-commands");
  const config = withJson(
    withStack(program.command("config").description("show and change the configuration of a stack")),
  )
    .option("--show-secrets", "show values of secrets")
    .allowExcessArguments()
    .allowUnknownOption()
    .action(run(async (flags) => (await actions()).listConfig(flags)));

  withExamples(config, ["config", "config set aws:region eu-west-1", "config set --secret password"]);
  withExamples(withJson(config.command("get <key>")), ["get aws:region"])
    .description("print one value")
    .option("--path", "the key is a path into a value")
    .action(run(async (flags, key) => (await actions()).getConfig(key as string, flags)));
  withExamples(withJson(config.command("set <key> [value]")), ["set aws:region eu-west-1", "set --secret password"])
    .description("set one value; without one it is read from stdin, or asked for")
    .option("--path", "the key is a path into a value")
    .option("--secret", "encrypt it")
    .option("--plaintext", "do not, even if it looks like a secret")
    .action(run(async (flags, key, value) => (await actions()).setConfig(key as string, value, flags)));
  withExamples(withJson(config.command("rm <key>")), ["rm aws:region"])
    .description("remove one value")
    .option("--path", "the key is a path into a value")
    .action(run(async (flags, key) => (await actions()).removeConfig(key as string, flags)));
}

function addStateCommands(program: Command): void {
  const actions = () => import("./state-commands");
  const cancel = program.command("cancel [stack]").description("release the lock that a killed run left");
  withExamples(withJson(withStack(cancel)), ["cancel --yes", "cancel staging"])
    .option("-y, --yes", "do not ask")
    .action(run(async (flags, name) => (await actions()).cancelUpdate(name, flags)));
  const state = program
    .command("state")
    .description("mend a state")
    .allowExcessArguments()
    .allowUnknownOption()
    .action(run(async () => state.outputHelp()));
  withExamples(state, ["state delete 'urn:…'"]);
  const forget = state.command("delete <urn>").description("forget a resource without touching it");
  withExamples(withJson(withStack(forget)), ["delete 'urn:…' --yes", "delete 'urn:…' --target-dependents"])
    .option("-y, --yes", "do not ask")
    .option("--force", "even if it is protected")
    .option("--target-dependents", "with what depends on it")
    .action(run(async (flags, urn) => (await actions()).deleteState(urn as string, flags)));
  withExamples(withJson(program.command("version")), ["version"])
    .description("the version of Pulumi that this engine agrees with")
    .action(run(async (flags) => (await actions()).showVersion(flags)));
}
