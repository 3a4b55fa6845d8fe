import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { TestStack } from "./test-stack";

export interface HostRun {
  code: number | null;
  /** What it logged, without times. */
  log: string;
  /** The last line of stdout, parsed; undefined where it failed. */
  result: unknown;
}

/** Runs a command of the host program that a stack has installed, as its command resources do. */
export async function runHost(stack: TestStack, verb: string, request: object): Promise<HostRun> {
  const program = join(stack.folder, ".slipway/opt/slipway/host.js");
  const child = spawn(process.execPath, [program, verb], { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(JSON.stringify(request));
  const ended = new Promise<number | null>((done) => child.once("close", done));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const lines = stdout.trimEnd().split("\n");
  const result = code === 0 ? JSON.parse(lines.pop() as string) : undefined;
  return { code, log: [...lines, stderr.trimEnd()].join("\n").replace(/^\[[\d: -]+\] /gm, ""), result };
}
