import { join, resolve } from "node:path";
import { chosenStack, openEngine, openProject } from "../engine/cli/open-engine";
import { errorCode } from "../host/cli/error-codes";
import { RUNS_OPTIONS, RUNS_USAGE, runsOutput } from "../host/cli/runs";
import { layout } from "../host/layout";
import { type RunRecords, runRecords } from "../host/run-records";
import { COMMON_OPTIONS, parsed, withUsage } from "./deploy/deploy-options";
import { hostVerb } from "./deploy/host-verb";
import { failureText } from "./failure-text";
import { readHostConfig } from "./host/host-command";

const FAILED = 1;
const OPTIONS = { ...RUNS_OPTIONS, stack: COMMON_OPTIONS.stack, json: COMMON_OPTIONS.json } as const;

export function run(args: string[]): Promise<number> {
  return withUsage(args, RUNS_USAGE, async () => {
    const { values, positionals: given } = parsed(args, OPTIONS, 2);
    const { limit, json = false } = values;
    try {
      const records = await recordsOf(values.stack);
      process.stdout.write(
        runsOutput(records, { given, json, now: new Date(), ...(limit !== undefined && { limit }) }),
      );
      return 0;
    } catch (error) {
      process.stderr.write(failureText(error, json, errorCode("runs", FAILED)));
      return FAILED;
    }
  });
}

/** Those of the stack's host; what was typed here for a host elsewhere is written down here, too. */
async function recordsOf(named: string | undefined): Promise<RunRecords> {
  const project = await openProject(undefined);
  const stack = named ?? (await chosenStack(await openEngine(project), undefined));
  const config = readHostConfig(project.stackFolder, stack);
  const answer = await hostVerb<RunRecords>(
    project.root,
    { stack, host: config.host, hostRoot: resolve(project.root, config.hostRoot) },
    "run-records",
    {},
  );
  const onHost = { ...answer, killed: answer.killed ?? [] }; // A host program that is older does not tell.
  if (!config.host) return onHost;
  const here = await runRecords(layout(join(project.root, ".slipway")));
  return {
    records: [...here.records, ...onHost.records],
    events: onHost.events,
    killed: [...here.killed, ...onHost.killed],
  };
}
