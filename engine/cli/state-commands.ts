import { readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { CommandError } from "../exit-code";
import { type ExportedDeployment, PULUMI_VERSION } from "../state/deployment-file";
import { chosenStack } from "./open-engine";
import { print, printDone, printJson, readStdin } from "./print";
import { openEngineFor, refuseUnconfirmed, type StackFlags } from "./stack-flags";

export async function exportStack(flags: StackFlags & { file?: string; version?: string }): Promise<void> {
  if (flags.version !== undefined) {
    throw new CommandError(
      `the current backend (${hostname()}) does not provide the ability to export previous deployments`,
    );
  }
  const engine = await openEngineFor(flags);
  const exported = await engine.exportStack(await chosenStack(engine, flags.stack), flags.showSecrets ?? false);
  const text = `${JSON.stringify(exported, undefined, 4)}\n`;
  if (!flags.file) return print(text);
  await writeFile(resolve(flags.cwd ?? ".", flags.file), text, { mode: 0o600 });
  printDone(flags, "", { file: flags.file });
}

export async function importStack(flags: StackFlags & { file?: string; force?: boolean }): Promise<void> {
  const engine = await openEngineFor(flags);
  const stack = await chosenStack(engine, flags.stack);
  const text = flags.file ? await readFile(resolve(flags.cwd ?? ".", flags.file), "utf8") : await readStdin();
  const { warnings } = await engine.importStack(stack, parsedExport(text), flags.force ?? false);
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  printDone(flags, "Import complete.\n", { stack, warnings });
}

export async function cancelUpdate(named: string | undefined, flags: StackFlags): Promise<void> {
  const engine = await openEngineFor(flags);
  const stack = named ?? (await chosenStack(engine, flags.stack));
  await refuseUnconfirmed(stack, flags);
  await engine.cancel(stack);
  const name = stack.split("/").at(-1);
  printDone(flags, `The currently running update for '${name}' has been canceled!\n`, { stack: name });
}

export async function deleteState(
  urn: string,
  flags: StackFlags & { force?: boolean; targetDependents?: boolean },
): Promise<void> {
  const engine = await openEngineFor(flags);
  const stack = await chosenStack(engine, flags.stack);
  await refuseUnconfirmed(stack, flags);
  await engine.deleteState(stack, urn, { force: flags.force, targetDependents: flags.targetDependents });
  printDone(flags, "Resource deleted\n", { urn });
}

export async function showVersion({ json }: StackFlags): Promise<void> {
  if (json) printJson({ schemaVersion: 1, version: PULUMI_VERSION });
  else print(`${PULUMI_VERSION}\n`);
}

/** A user's file: whatever it holds is refused with a message, not with a stack trace. */
function parsedExport(text: string): ExportedDeployment {
  let parsed: ExportedDeployment;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new CommandError(`the deployment to import is not JSON: ${(error as Error).message}`);
  }
  if (typeof parsed?.version !== "number" || typeof parsed.deployment !== "object" || parsed.deployment === null) {
    throw new CommandError("the file to import is not an exported deployment: it needs `version` and `deployment`");
  }
  return parsed;
}
