import type { HostConfig } from "../../config/stack-config";

/** Runs a command of the host program's command line on a stack's host. Resolves to its exit code. */
export function runOnHost(
  _folder: string,
  { stack }: { stack: string; hostRoot: string; host: HostConfig },
  _args: string[],
): Promise<number> {
  return Promise.reject(new Error(`stack ${stack} has its host elsewhere; type the command there`));
}
