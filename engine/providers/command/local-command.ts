import { resolve } from "node:path";
import type { PropertyMap } from "../../property-value";
import type { InvokeRequest } from "../../provider";
import type { StartedAhead } from "../../started-ahead";
import type { ResourceType } from "../resource-type";
import { archiveAt, assetsAt } from "./asset-paths";
import { COMMAND_KINDS, type CommandInputs, checkKinds, type InputKind } from "./command-inputs";
import { type CommandRun, commandType } from "./command-type";
import { runLocalProcess } from "./local-process";
import { OutputCollector } from "./output-collector";
import { previousOutputInEnv } from "./previous-output";

interface LocalInputs extends CommandInputs {
  interpreter?: string[];
  dir?: string;
  assetPaths?: string[];
  archivePaths?: string[];
}

const KINDS: Record<string, InputKind> = {
  ...COMMAND_KINDS,
  archivePaths: "strings",
  assetPaths: "strings",
  dir: "string",
  interpreter: "strings",
};

/** `command:local:Command`: a command on this machine at creation, update and deletion. */
export function localCommand(directory: string, ahead?: StartedAhead): ResourceType {
  return commandType({
    check: (newInputs) => checkKinds(newInputs, KINDS),
    run: (run) => runLocally(run, directory, ahead),
  });
}

/** `command:local:run`: a command on this machine whenever the program runs, previews too. */
export async function localRun({ args, signal, log }: InvokeRequest, directory: string): Promise<PropertyMap> {
  const { create: _, update: __, delete: ___, triggers: ____, ...kinds } = KINDS;
  const { inputs, failures } = checkKinds(args, { ...kinds, command: "string" }, ["command"]);
  if (failures.length > 0) {
    throw new Error(failures.map(({ property, reason }) => `command:local:run: ${property} ${reason}`).join("\n"));
  }
  const outputs = await runLocally({ command: String(inputs.command), inputs, previous: {}, signal, log }, directory);
  return { ...inputs, ...outputs };
}

/** Relative paths, and a command without `dir`, start in `directory`. */
async function runLocally(run: CommandRun, directory: string, ahead?: StartedAhead): Promise<PropertyMap> {
  const inputs = run.inputs as LocalInputs;
  const cwd = resolve(directory, inputs.dir ?? "");
  const outputs: PropertyMap = await runLocalProcess({
    interpreter: inputs.interpreter,
    command: run.command,
    directory: cwd,
    environment: { ...process.env, ...inputs.environment, ...previousOutputInEnv(inputs, run.previous) },
    stdin: inputs.stdin,
    output: new OutputCollector(inputs.logging, (line) => run.log("info", line)),
    signal: run.signal,
    ahead,
  });
  const dir = inputs.dir ?? directory;
  if (inputs.assetPaths) outputs.assets = assetsAt(cwd, dir, inputs.assetPaths);
  if (inputs.archivePaths) outputs.archive = archiveAt(cwd, dir, inputs.archivePaths);
  return outputs;
}
