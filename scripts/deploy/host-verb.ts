import { spawn } from "node:child_process";
import { join } from "node:path";
import { ContractError } from "../../host/contract-error";

/**
 * Runs a command of a host's program, as the Pulumi program does, and resolves with its result. What it logs goes to
 * stderr. Rejects with its last line and its exit code.
 */
export function hostVerb<T>(hostRoot: string, verb: string, request: object): Promise<T> {
  const child = spawn(process.execPath, [join(hostRoot, "opt/slipway/host.js"), verb], {
    stdio: ["pipe", "pipe", "pipe"],
  });
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
      if (code !== 0) return fail(new ContractError(lastMessage(stderr, verb), code ?? 1));
      done(JSON.parse(lines.at(-1) ?? "") as T);
    });
  });
}

/** Without the time and level of the log's format. */
function lastMessage(stderr: string, verb: string): string {
  const line = stderr.trimEnd().split("\n").at(-1) || `${verb} ended without a word`;
  return line.replace(/^\[[\d: -]{19}\] [A-Z]+: /, "");
}
