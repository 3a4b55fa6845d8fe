import type { Command } from "commander";
import { collect, given, positiveInteger, run, withExamples, withStack } from "./action";
import type { UpdateHooks } from "./run-command";

/** `up`, `preview`, `refresh`, `destroy`. */
export function addRunCommands(program: Command, hooks?: UpdateHooks): void {
  const up = withRunOptions(program.command("up").alias("update").description("make what the program declares"));
  const preview = withRunOptions(
    program.command("preview").alias("pre").description("show what `up` would do, and change nothing"),
  );
  const refresh = withRunOptions(program.command("refresh").description("read what exists into the state"));
  const destroy = withRunOptions(
    program.command("destroy").alias("down").alias("dn").description("remove everything that the stack made"),
  );
  withExamples(up, ["up", "up --yes --stack staging", "up --skip-preview --target 'urn:…'"]);
  withExamples(preview, ["preview --diff", "preview --json | jq .changeSummary", "preview --expect-no-changes"]);
  withExamples(refresh, ["refresh --preview-only", "refresh --yes"]);
  withExamples(destroy, ["destroy --preview-only", "destroy --yes --stack staging"]);
  for (const command of [up, refresh, destroy]) {
    command
      .option("-y, --yes", "do not ask")
      .option("-f, --skip-preview", "no preview first")
      .option("--preview-only", "nothing but the preview");
  }
  up.option("-r, --refresh", "read what exists first");
  preview.option("-r, --refresh", "read what exists first");
  refresh.option("--clear-pending-creates", "forget creates that a killed run left pending");

  up.action(run(async (flags) => (await import("./run-command")).runCommand("update", flags, given(up), hooks)));
  preview.action(run(async (flags) => (await import("./run-command")).previewCommand(flags, given(preview))));
  refresh.action(run(async (flags) => (await import("./run-command")).runCommand("refresh", flags, given(refresh))));
  destroy.action(run(async (flags) => (await import("./run-command")).runCommand("destroy", flags, given(destroy))));
}

function withRunOptions(command: Command): Command {
  return withStack(command)
    .option("-m, --message <text>", "kept in the history")
    .option("-t, --target <urn>", "only this resource; may be repeated, * and ** match", collect)
    .option("--target-dependents", "with what depends on the targets")
    .option("--continue-on-error", "a failure stops only what depends on it")
    .option("-p, --parallel <count>", "steps at once (default: 4 for each CPU)", positiveInteger)
    .option("--expect-no-changes", "fail when something changes")
    .option("--diff", "show every property that changes")
    .option("-j, --json", "JSON: one object of a preview, a line for each event otherwise")
    .option("--show-secrets", "show values of secrets")
    .option("--suppress-outputs", "leave out the outputs")
    .option("--suppress-progress", "redraw no line")
    .option("--event-log <file>", "write every event to this file");
}
