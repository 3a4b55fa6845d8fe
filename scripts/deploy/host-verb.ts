import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";
import { hostCommand } from "../../components/host/host-commands";
import { sshConfigPath, writeSshFiles } from "../../components/host/ssh";
import type { StackConfig } from "../../config/stack-config";
import { loadCommand } from "../../host/commands";
import { ContractError } from "../../host/contract-error";
import { explain } from "../../host/explain";
import { readIntent } from "../../host/intent";
import { type Layout, layoutAt } from "../../host/layout";
import { Log } from "../../host/log";
import { RUN_VARIABLE, runId } from "../../host/run-id";
import { exportLine, handedOver } from "../host/handed-over";
import { SSH_FAILED } from "../host/run-on-host";

/** Exit code of the script contract (SC-03). */
const FAILED = 1;

export type HostAddress = Pick<StackConfig, "stack" | "hostRoot" | "host">;

/**
 * Runs a command of a stack's host program, as the Pulumi program does, and resolves with its result; that of this
 * machine in this process. Rejects with `ContractError`: what it says, and its exit code. `folder` is that of
 * `Pulumi.yaml`.
 */
export function hostVerb<T>(
  folder: string,
  { stack, hostRoot, host }: HostAddress,
  verb: string,
  request: object,
): Promise<T> {
  if (!host) return ownVerb<T>(layoutAt(hostRoot), verb, request);
  writeSshFiles(folder, stack, host);
  const config = join(folder, sshConfigPath(stack));
  const command = hostCommand(join(hostRoot, "opt/slipway/host.js"), verb);
  const line = `${exportLine({ [RUN_VARIABLE]: runId(), ...handedOver() })}${command}`;
  const child = spawn("ssh", ["-F", config, "-T", "--", host.address, line], {
    stdio: "pipe",
    detached: true, // Ctrl-C at a terminal is for this process alone, which ends the step at hand.
  });
  return answerOf<T>(child, verb, request);
}

async function ownVerb<T>(place: Layout, verb: string, request: object): Promise<T> {
  const log = new Log(place.log, { informationTo: "nowhere" });
  try {
    const [command, intended] = await Promise.all([loadCommand(verb), readIntent(place, request)]);
    return (await command(place, log, request as never, intended)) as T;
  } catch (error) {
    const message = explain(error as Error);
    log.error(message);
    throw new ContractError(message, (error as { exitCode?: number }).exitCode ?? FAILED, { cause: error });
  }
}

function answerOf<T>(child: ChildProcessWithoutNullStreams, verb: string, request: object): Promise<T> {
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.on("error", () => undefined).end(JSON.stringify(request));
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => {
      const lines = stdout.trimEnd().split("\n");
      if (code !== 0) {
        const exitCode = code === null || code === SSH_FAILED ? FAILED : code;
        return fail(new ContractError(lastMessage(stderr, verb), exitCode));
      }
      done(JSON.parse(lines.at(-1) ?? "") as T);
    });
  });
}

/** Without the time and level of the log's format. */
function lastMessage(stderr: string, verb: string): string {
  const line = stderr.trimEnd().split("\n").at(-1) || `${verb} ended without a word`;
  return line.replace(/^\[[\d: -]{19}\] [A-Z]+: /, "");
}
