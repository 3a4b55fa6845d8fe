import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { hostCommand, shellQuote } from "../../components/host/host-commands";
import { sshConfigPath, writeSshFiles } from "../../components/host/ssh";
import type { StackConfig } from "../../config/stack-config";
import { ContractError } from "../../host/contract-error";
import { RUN_VARIABLE, runId } from "../../host/run-id";

export type HostAddress = Pick<StackConfig, "stack" | "hostRoot" | "host">;

/**
 * Runs a command of a stack's host program, as the Pulumi program does, and resolves with its result. Rejects with the
 * last line that it logged and its exit code. `folder` is that of `Pulumi.yaml`.
 */
export function hostVerb<T>(folder: string, address: HostAddress, verb: string, request: object): Promise<T> {
  const child = start(folder, address, verb);
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin?.on("error", () => undefined).end(JSON.stringify(request));
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => {
      const lines = stdout.trimEnd().split("\n");
      if (code !== 0) return fail(new ContractError(lastMessage(stderr, verb), code ?? 1));
      done(JSON.parse(lines.at(-1) ?? "") as T);
    });
  });
}

function start(folder: string, { stack, hostRoot, host }: HostAddress, verb: string): ChildProcess {
  const program = join(hostRoot, "opt/slipway/host.js");
  const stdio: ["pipe", "pipe", "pipe"] = ["pipe", "pipe", "pipe"];
  if (!host) return spawn(process.execPath, [program, verb], { stdio });
  writeSshFiles(folder, stack, host);
  const config = join(folder, sshConfigPath(stack));
  const line = `export ${RUN_VARIABLE}=${shellQuote(runId())}; ${hostCommand(program, verb)}`;
  return spawn("ssh", ["-F", config, "-T", "--", host.address, line], { stdio });
}

/** Without the time and level of the log's format. */
function lastMessage(stderr: string, verb: string): string {
  const line = stderr.trimEnd().split("\n").at(-1) || `${verb} ended without a word`;
  return line.replace(/^\[[\d: -]{19}\] [A-Z]+: /, "");
}
