import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ConfigError, sortedMistakes } from "../../config/config-error";
import type { StackConfig } from "../../config/stack-config";
import { readStackFile } from "../../config/stack-file";
import { chosenStack, openEngine, openProject } from "../../engine/cli/open-engine";
import { errorCode } from "../../host/cli/error-codes";
import { nagiosUnknown } from "../../host/cli/nagios";
import { INTERRUPTED } from "../../terminal/end-signals";
import { checkout } from "../checkout";
import { failureText } from "../failure-text";
import { type Asked, type End, ended, ownStreams } from "./ended";

const FAILED = 1;

/**
 * Hands a command over to the host program of a stack, which has the same command, with this process' terminal;
 * resolves to its exit code. `--stack` chooses the stack. Only the stack's file is read, so that a mistake in
 * `projects.yml` keeps nobody from a restore. Where nobody may be asked the command has no terminal to ask on.
 */
export async function hostCommand(name: string, args: string[], mayAsk = true): Promise<number> {
  const { stack: named, rest } = withoutStack(args);
  if (rest.includes("--help") || rest.includes("-h")) {
    return (await runHere(checkoutProgram(), [name, "--help"])).code ?? FAILED;
  }
  // Whoever asks wants an answer, whatever becomes of the host program.
  const isPlugin = name === "health-check" && rest.includes("--nagios");
  try {
    const project = await openProject(undefined);
    const stack = named ?? (await chosenStack(await openEngine(project), undefined));
    const { hostRoot, host } = readHostConfig(project.stackFolder, stack);
    const { code, isStopped, hasAnswered } = host
      ? await (await import("./run-on-host")).runOnHost(project.root, { stack, hostRoot, host }, [name, ...rest], {
          mustAnswer: isPlugin,
          mayAsk,
        })
      : await runHere(installedProgram(project.root, hostRoot, stack), [name, ...rest], {
          mustAnswer: isPlugin,
          mayAsk,
        });
    if (isPlugin && !hasAnswered) throw new Error(`the host program ended (${code ?? "by a signal"}) and said nothing`);
    return code ?? (isStopped ? INTERRUPTED : FAILED);
  } catch (error) {
    if (isPlugin) {
      const { text, exitCode } = nagiosUnknown((error as Error).message);
      process.stdout.write(text);
      return exitCode;
    }
    process.stderr.write(failureText(error, rest.includes("--json"), errorCode(name, FAILED, error as Error)));
    return FAILED;
  }
}

/** The stack that is named, and the arguments without it: a host has only one. */
export function withoutStack(args: string[]): { stack?: string; rest: string[] } {
  let stack: string | undefined;
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] as string;
    const [, inline] = /^--stack=(.*)$/.exec(arg) ?? [];
    if (inline !== undefined) stack = inline;
    else if ((arg === "--stack" || arg === "-s") && args[at + 1] !== undefined) stack = args[++at];
    else rest.push(arg);
  }
  return { ...(stack !== undefined && { stack }), rest };
}

/** Of a stack's file alone: a mistake in `projects.yml` keeps nobody from its host. */
export function readHostConfig(folder: string, stack: string): Pick<StackConfig, "hostRoot" | "host"> {
  const file = `Pulumi.${stack}.yaml`;
  const path = join(folder, file);
  if (!existsSync(path))
    throw new Error(`there is no ${file} in ${folder}; the stacks are listed by: slipway stack ls`);
  const { config, mistakes } = readStackFile(readFileSync(path, "utf8"), file, stack);
  if (!config) throw new ConfigError(sortedMistakes(mistakes));
  return config;
}

function checkoutProgram(): string {
  return join(checkout(), ".slipway/build/host.js");
}

function installedProgram(root: string, hostRoot: string, stack: string): string {
  const program = join(resolve(root, hostRoot), "opt/slipway/host.js");
  if (!existsSync(program)) throw new Error(`${program} is not there: nothing was deployed to stack ${stack} yet`);
  return program;
}

function runHere(program: string, args: string[], asked: Asked = {}): Promise<End> {
  return ended(spawn(process.execPath, [program, "cli", ...args], { stdio: ownStreams(asked) }));
}
