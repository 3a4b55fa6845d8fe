import type { CommanderError } from "commander";
import { CommandError, EXIT, notEmbedded } from "../exit-code";

/** Commands of Pulumi's CLI that this engine leaves to it. */
const FOREIGN_COMMANDS = new Set(
  (
    "about ai api auth cloud config-env console convert deployment do env esc gen-completion generate-completion import " +
    "insights install install-package login logout logs neo new org package plugin policy project query replay-events " +
    "schema search template trace view-trace watch whoami " +
    "rename tag unselect change-secrets-provider graph set-all get-all rm-all cp refresh-config repair unprotect protect " +
    "move edit upgrade taint untaint drift schedule webhook"
  ).split(" "),
);

/** Its flags likewise, by their long names. */
const FOREIGN_FLAGS = new Set(
  (
    "all attach-debugger client config config-file config-path copilot disable-integrity-checking emoji " +
    "exclude exclude-dependents exclude-protected exec-agent exec-kind fully-qualify-stack-names ignore-protect " +
    "import-file import-pending-creates logflow logtostderr neo output-json override-env plan policy-pack " +
    "policy-pack-config profiling remote remote-env remove remove-backups replace run-program save-plan secrets-provider " +
    "shell show-config show-full-output show-policy-remediations show-reads show-replacement-steps show-sames " +
    "skip-pending-creates suppress-permalink suppress-stream-logs target-replace teams tracing truncate-output type urns " +
    "verbose copy-config-from organization project tag"
  ).split(" "),
);

/** For a command that has subcommands: what follows it is none of them. */
export function strayArgument(word: string, path: string): CommandError {
  return word.startsWith("-") ? unknownFlag(word) : unknownCommand(word, path);
}

function unknownFlag(typed: string): CommandError {
  const name = typed.replace(/^--?/, "").split("=")[0] as string;
  if (FOREIGN_FLAGS.has(name) || FOREIGN_FLAGS.has(name.replace(/^no-/, ""))) return notEmbedded(`--${name}`);
  return new CommandError(`${typed.startsWith("--") ? "unknown flag" : "unknown shorthand flag"}: ${typed}`);
}

function unknownCommand(word: string, path: string): CommandError {
  if (FOREIGN_COMMANDS.has(word)) return notEmbedded(`\`${path} ${word}\``);
  return new CommandError(`unknown command "${word}" for "${path}"\nRun '${path} --help' for usage.`);
}

/** What a parse error of commander means to a user of Pulumi's CLI; `undefined` when help was printed and all is well. */
export function usageError(error: CommanderError, program: string): CommandError | undefined {
  if (error.exitCode === 0) return undefined;
  const named = /'([^']*)'/.exec(error.message)?.[1] ?? "";
  if (error.code === "commander.unknownCommand") return unknownCommand(named, program);
  if (error.code === "commander.unknownOption") return unknownFlag(named);
  return new CommandError(error.message.replace(/^error: /, ""), EXIT.usage);
}
