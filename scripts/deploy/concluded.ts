import { seeAlso } from "../../engine/cli/doc-page";
import { errorJson } from "../../engine/cli/error-json";
import { errorCode } from "../../host/cli/error-codes";
import { ContractError } from "../../host/contract-error";
import { runId } from "../../host/run-id";
import { beginRun } from "../../host/run-records";
import { INTERRUPTED } from "../../terminal/end-signals";
import { listenForInterrupts } from "./interruption";
import type { StackContext } from "./stack-context";

const FAILED = 1;

/** Runs a command to its exit code. What it throws is logged; with `--json` the outcome is told to programs, too. */
export async function concluded(
  { log, json, stack, place }: StackContext,
  command: string,
  action: () => Promise<number>,
): Promise<number> {
  const run = beginRun(place, log, process.argv.slice(2));
  const began = performance.now();
  const conclude = (exitCode: number) => {
    run.end(exitCode);
    if (json && exitCode === 0) {
      const outcome = {
        schemaVersion: 1,
        result: "succeeded",
        stack,
        run: runId(),
        seconds: (performance.now() - began) / 1000,
      };
      process.stdout.write(`${JSON.stringify(outcome)}\n`);
    } else if (exitCode !== 0) {
      const code = errorCode(command, exitCode);
      process.stderr.write(json ? errorJson({ code, message: log.errors.join("\n") }) : seeAlso(code));
    }
    return exitCode;
  };
  using interruption = listenForInterrupts(log, () => conclude(INTERRUPTED));
  const ended = await action().catch((error: Error) => {
    log.error(error.message);
    // Those of Pulumi's commands mean something else (SC-01).
    return error instanceof ContractError ? error.exitCode : FAILED;
  });
  return conclude(ended !== 0 && interruption.isStopped ? INTERRUPTED : ended);
}
