import { CommandError, EXIT } from "../exit-code";
import type { ConfigEntry } from "../stack-file/config-values";
import { type GlobalOptions, isInteractive } from "./global-options";
import { looksLikeSecret } from "./looks-like-secret";
import { chosenStack, openEngine, openProject } from "./open-engine";
import { print, printDone, printJson, readStdin } from "./print";
import { table } from "./table";

interface ConfigFlags extends GlobalOptions {
  json?: boolean;
  showSecrets?: boolean;
  path?: boolean;
  secret?: boolean;
  plaintext?: boolean;
}

async function target(flags: GlobalOptions) {
  const project = await openProject(flags.cwd);
  const engine = await openEngine(project);
  return { project, engine, stack: await chosenStack(engine, flags.stack) };
}

export async function listConfig(flags: ConfigFlags): Promise<void> {
  const { project, engine, stack } = await target(flags);
  if (flags.json) return printJson(await engine.config(stack, flags.showSecrets ?? false));
  const entries = await engine.config(stack, flags.showSecrets ?? false);
  const masked = flags.showSecrets ? {} : await engine.maskedConfig(stack);
  const own = `${project.name}:`;
  const rows = Object.entries(entries).map(([key, { value }]) => [
    key.startsWith(own) ? key.slice(own.length) : key,
    value ?? masked[key] ?? "",
  ]);
  print(table(["KEY", "VALUE"], rows));
}

export async function getConfig(key: string, flags: ConfigFlags): Promise<void> {
  const { engine, stack } = await target(flags);
  const entry = await engine.getConfig(stack, key, { path: flags.path });
  if (!entry) throw new CommandError(`configuration key '${key}' not found for stack '${stack}'`);
  flags.json ? printJson(entry) : print(`${(entry as Required<ConfigEntry>).value}\n`);
}

export async function setConfig(key: string, value: string | undefined, flags: ConfigFlags): Promise<void> {
  if (flags.secret && flags.plaintext) {
    throw new CommandError("--secret and --plaintext exclude each other", EXIT.usage);
  }
  const { engine, stack, project } = await target(flags);
  const given = value ?? (await typedValue(flags));
  if (!flags.secret && !flags.plaintext && looksLikeSecret(key, given)) {
    const shown = key.includes(":") ? key : `${project.name}:${key}`;
    throw new CommandError(
      `config value for '${shown}' looks like a secret; rerun with --secret to encrypt it, or --plaintext if you meant to store in plaintext`,
    );
  }
  await engine.setConfig(stack, key, given, { secret: flags.secret, path: flags.path });
  printDone(flags, "", { stack, key });
}

export async function removeConfig(key: string, flags: ConfigFlags): Promise<void> {
  const { engine, stack } = await target(flags);
  await engine.removeConfig(stack, key, { path: flags.path });
  printDone(flags, "", { stack, key });
}

/** A value that is not in the command line, where other users could see it: typed, or from a pipe. */
async function typedValue(flags: ConfigFlags): Promise<string> {
  if (!isInteractive(flags)) return (await readStdin()).replace(/\r?\n$/, "");
  const { askValue } = await import("./ask");
  return askValue("value: ", flags.secret ?? false);
}
