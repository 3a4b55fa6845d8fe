import type { Command } from "commander";
import { positiveInteger, run, withExamples, withJson, withStack } from "./action";

/** `stack` and its subcommands. */
export function addStackCommands(program: Command): void {
  const actions = () => import("./stack-commands");
  const stateActions = () => import("./state-commands");
  const stack = withJson(
    withStack(program.command("stack").description("show a stack; make, choose, list and remove stacks")),
  )
    .option("-i, --show-ids", "with ids")
    .option("-u, --show-urns", "with URNs")
    .option("--show-name", "nothing but its name")
    .option("--show-secrets", "show values of secrets")
    .allowExcessArguments()
    .allowUnknownOption()
    .action(run(async (flags) => (await actions()).showStack(flags)));

  withExamples(stack, ["stack", "stack init staging", "stack ls"]);
  withExamples(withJson(stack.command("init [name]")), ["init staging"])
    .description("make a stack and select it")
    .option("--no-select", "do not select it")
    .action(run(async (flags, name) => (await actions()).initStack(name, flags)));
  withExamples(withJson(stack.command("select [name]")), ["select staging", "select --create staging"])
    .description("choose the stack that commands work on")
    .option("-c, --create", "make it when it is not there")
    .action(run(async (flags, name) => (await actions()).selectStack(name, flags)));
  withExamples(withJson(stack.command("ls")), ["ls", "ls --json"])
    .description("list the stacks of this project")
    .action(run(async (flags) => (await actions()).listStacks(flags)));
  withExamples(withJson(stack.command("history")), ["history --page-size 3"])
    .description("past runs, newest first")
    .option("--page-size <count>", "runs on a page (default: 10)", positiveInteger)
    .option("--page <number>", "which page (default: 1)", positiveInteger)
    .option("--full-dates", "dates instead of ages")
    .action(run(async (flags) => (await actions()).showHistory(flags)));
  withExamples(withJson(stack.command("output [name]")), ["output", "output gatewayUrl"])
    .description("outputs of a stack")
    .action(run(async (flags, name) => (await import("./output-command")).showOutputs(name, flags)));
  withExamples(withJson(stack.command("export")), ["export --file stack.json"])
    .description("print the state of a stack")
    .option("--file <file>", "into this file")
    .option("--version <number>", "an earlier one (backends of the cloud only)")
    .action(run(async (flags) => (await stateActions()).exportStack(flags)));
  withExamples(withJson(stack.command("import")), ["import --file stack.json"])
    .description("replace the state of a stack by an exported one")
    .option("--file <file>", "from this file (default: stdin)")
    .option("-f, --force", "even if it is not a good one")
    .action(run(async (flags) => (await stateActions()).importStack(flags)));
  withExamples(withJson(stack.command("rm [name]")), ["rm staging --yes"])
    .description("remove a stack and its configuration file")
    .option("-y, --yes", "do not ask")
    .option("-f, --force", "even if it still has resources")
    .option("--preserve-config", "keep the configuration file")
    .action(run(async (flags, name) => (await actions()).removeStack(name, flags)));
}
