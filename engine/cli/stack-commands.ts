import { hostname } from "node:os";
import { CommandError, EXIT } from "../exit-code";
import type { Engine } from "../index";
import type { ExportedDeployment } from "../state/deployment-file";
import { chosenStack } from "./open-engine";
import { outputTable, plain } from "./output-command";
import { print, printDone, printJson } from "./print";
import { openEngineFor, refuseUnconfirmed, type StackFlags } from "./stack-flags";
import { ago, table } from "./table";

type Deployment = ExportedDeployment["deployment"];

const HINT = "Use `pulumi stack select` to change stack; `pulumi stack ls` lists known ones\n";

export async function showStack(flags: StackFlags): Promise<void> {
  const engine = await openEngineFor(flags);
  const stack = await chosenStack(engine, flags.stack);
  const { deployment } = await engine.exportStack(stack, false);
  if (flags.json) return printJson(await stackJson(engine, stack, deployment, flags));
  if (flags.showName) return print(`${stack}\n`);

  const { manifest, resources = [] } = deployment;
  const time = new Date(manifest.time);
  let text = `Current stack is ${stack}:\n    Managed by ${hostname()}\n`;
  text += `    Last updated: ${ago(time)} (${time.toISOString()})\n    Pulumi version used: ${manifest.version}\n`;
  text += `Current stack resources (${resources.length}):\n`;
  if (resources.length === 0) text += "    No resources currently in this stack\n";
  else {
    const { resourceTree } = await import("./resource-tree");
    text += resourceTree(resources, flags);
    text += `\n${outputTable(await engine.outputs(stack, flags.showSecrets ?? false))}`;
  }
  print(`${text}\n${HINT}`);
}

async function stackJson(engine: Engine, stack: string, { manifest, resources = [] }: Deployment, flags: StackFlags) {
  return {
    schemaVersion: 1,
    stack,
    lastUpdate: manifest.time,
    version: manifest.version,
    resources: resources.map(({ urn, type, id }) => ({ urn, type, ...(id !== undefined && { id }) })),
    outputs: plain(await engine.outputs(stack, flags.showSecrets ?? false)),
  };
}

export async function initStack(named: string | undefined, flags: StackFlags & { select?: boolean }): Promise<void> {
  const engine = await openEngineFor(flags);
  const stack = named ?? flags.stack;
  if (!stack) throw new CommandError("missing stack name", EXIT.failure);
  await engine.createStack(stack);
  const name = stack.split("/").at(-1);
  process.stderr.write(`Created stack '${name}'\n`);
  if (flags.select !== false) await engine.selectStack(stack);
  printDone(flags, "", { stack: name });
}

export async function selectStack(name: string | undefined, flags: StackFlags & { create?: boolean }): Promise<void> {
  const engine = await openEngineFor(flags);
  const stack = name ?? flags.stack;
  if (!stack) throw new CommandError("no stack selected; specify a stack name with --stack", EXIT.stackNotFound);
  if (flags.create && !(await engine.stacks()).some(({ name }) => name === stack.split("/").at(-1))) {
    return initStack(stack, flags);
  }
  await engine.selectStack(stack);
  printDone(flags, "", { stack: stack.split("/").at(-1) });
}

export async function listStacks(flags: StackFlags): Promise<void> {
  const stacks = await (await openEngineFor(flags)).stacks();
  if (flags.json) return printJson(stacks);
  const rows = stacks.map(({ name, current, lastUpdate, resourceCount }) => [
    current ? `${name}*` : name,
    lastUpdate ? ago(new Date(lastUpdate)) : "n/a",
    String(resourceCount ?? "n/a"),
  ]);
  print(table(["NAME", "LAST UPDATE", "RESOURCE COUNT"], rows));
}

interface HistoryFlags extends StackFlags {
  pageSize?: number;
  page?: number;
  fullDates?: boolean;
}

export async function showHistory(flags: HistoryFlags): Promise<void> {
  const engine = await openEngineFor(flags);
  const stack = await chosenStack(engine, flags.stack);
  const { historyText } = await import("./history-view");
  const size = flags.pageSize ?? 10;
  const from = ((flags.page ?? 1) - 1) * size;
  const entries = (await engine.history(stack, flags.showSecrets ?? false)).slice(from, from + size);
  if (flags.json) return printJson(entries);
  print(entries.length > 0 ? historyText(entries, flags.fullDates ?? false) : "Stack has never been updated\n");
}

export async function removeStack(
  named: string | undefined,
  flags: StackFlags & { force?: boolean; preserveConfig?: boolean },
): Promise<void> {
  const engine = await openEngineFor(flags);
  const stack = named ?? (await chosenStack(engine, flags.stack));
  await refuseUnconfirmed(stack, flags);
  await engine.removeStack(stack, { force: flags.force, preserveConfig: flags.preserveConfig });
  const name = stack.split("/").at(-1);
  printDone(flags, `Stack '${name}' has been removed!\n`, { stack: name });
}
