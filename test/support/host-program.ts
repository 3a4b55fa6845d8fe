import { spawn } from "node:child_process";
import { copyFile, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Layout, layout } from "../../host/layout";
import type { TestStack } from "./test-stack";

const BUILD = resolve(__dirname, "../../.slipway/build");

export interface HostRun {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Puts the host program, as it was built, into a folder. */
export async function installHostProgram(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const file of ["host.bundle.js", "host.js"]) await copyFile(join(BUILD, file), join(folder, file));
}

/** A command on a stack's host, as an operator types it there, without a terminal. */
export function onHost(stack: TestStack, args: string[], env: NodeJS.ProcessEnv = {}): Promise<HostRun> {
  return finished(process.execPath, [join(stack.folder, ".slipway/opt/slipway/host.js"), "cli", ...args], env);
}

/** Runs a program to its end, in a folder where nothing of Slipway is. */
export function finished(program: string, args: string[], env: NodeJS.ProcessEnv = {}, cwd = "/"): Promise<HostRun> {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const run: HostRun = { code: null, stdout: "", stderr: "" };
  for (const channel of ["stdout", "stderr"] as const) {
    child[channel].setEncoding("utf8").on("data", (text: string) => {
      run[channel] += text;
    });
  }
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done({ ...run, code }));
  });
}

/** Where the files of a stack's host are. */
export function layoutOf(stack: TestStack): Layout {
  return layout(join(stack.folder, ".slipway"));
}
