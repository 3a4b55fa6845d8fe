import { spawn } from "node:child_process";
import { join } from "node:path";
import { shellQuote } from "../../components/host/host-commands";
import { sshConfigPath, writeSshFiles } from "../../components/host/ssh";
import type { HostConfig } from "../../config/stack-config";
import { type Asked, type End, ended, ownStreams } from "./ended";
import { exportLine, handedOver } from "./handed-over";

/** What `ssh` itself ends with when it does not get through. */
export const SSH_FAILED = 255;

/**
 * Runs a command of the host program's command line on a stack's host, with this terminal as its own. Resolves when it
 * has ended, and rejects where the host is not reached; `folder` is that of `Pulumi.yaml`.
 */
export async function runOnHost(
  folder: string,
  { stack, hostRoot, host }: { stack: string; hostRoot: string; host: HostConfig },
  args: string[],
  asked: Asked = {},
): Promise<End> {
  writeSshFiles(folder, stack, host);
  const config = join(folder, sshConfigPath(stack));
  const command = ["exec", "node", join(hostRoot, "opt/slipway/host.js"), "cli", ...args].map(shellQuote).join(" ");
  const line = `${exportLine({ ...(process.env.NO_COLOR && { NO_COLOR: "1" }), ...handedOver() })}${command}`;
  const terminal = asked.mayAsk !== false && process.stdin.isTTY && process.stdout.isTTY ? "-t" : "-T";
  const stdio = ownStreams(asked);
  const end = await ended(spawn("ssh", ["-F", config, terminal, "--", host.address, line], { stdio })).catch(() => {
    throw new Error("ssh is not installed; it is how a stack's host is reached");
  });
  if (end.code !== SSH_FAILED) return end;
  if (end.isStopped) return { ...end, code: null }; // That is what ssh ends with by a signal, too.
  throw new Error(
    `${host.user}@${host.address} is not reached, the lines above are what ssh says; ` +
      `try it by hand: ssh -F ${config} ${host.address}`,
  );
}
