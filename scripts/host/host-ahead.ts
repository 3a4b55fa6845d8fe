import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { hostCommand } from "../../components/host/host-commands";
import type { ProjectFile } from "../../engine/stack-file/project-file";
import { StackFile } from "../../engine/stack-file/stack-file";
import type { StartedAhead } from "../../engine/started-ahead";

/** Where the build installs the host program of this machine's stacks, from the folder of `Pulumi.yaml`. */
const PROGRAM = ".slipway/opt/slipway/host.js";
/** Of a stack's configuration: the machine that it deploys to, where it is not this one. */
const HOST_KEY = "slipway:host";
/** Those that the traffic of every deploy waits for, in their order. */
const FIRST = ["preflight", "rollout"];
/** What is loaded when it is the turn of another. */
const BESIDE: Record<string, string> = { preflight: "pre-deploy-backup", rollout: "retire" };

/**
 * Processes of this machine's host program that wait, loaded, for the commands of a deploy: one loads after the other,
 * on the core that the Pulumi program leaves free.
 */
export class HostAhead implements StartedAhead, Disposable {
  private readonly waiting = new Map<string, ChildProcess>();
  private ended = false;

  private constructor(private readonly folder: string) {}

  /** Nothing where the stack's host is another machine, or its configuration does not say. */
  static async forStack({ root, stackFolder }: ProjectFile, stack: string): Promise<HostAhead | undefined> {
    const file = StackFile.read(join(stackFolder, `Pulumi.${stack}.yaml`));
    const entries = await file.then((found) => found.entries()).catch(() => undefined);
    return !entries || entries.has(HOST_KEY) ? undefined : HostAhead.start(root);
  }

  /** `folder`: of `Pulumi.yaml`. Nothing where no program is installed yet. */
  static start(folder: string): HostAhead | undefined {
    if (!existsSync(join(folder, PROGRAM))) return undefined;
    const ahead = new HostAhead(folder);
    ahead.begin(...FIRST);
    return ahead;
  }

  take(command: string, directory: string, environment: NodeJS.ProcessEnv): ChildProcess | undefined {
    const [verb, child] = [...this.waiting].find(([verb]) => command === hostCommand(PROGRAM, verb)) ?? [];
    if (verb === undefined || !child || resolve(directory) !== resolve(this.folder)) return undefined;
    this.waiting.delete(verb);
    if (!child.connected) return undefined;
    child.send(environment);
    this.begin(BESIDE[verb]);
    return child;
  }

  /** Ends those that were not asked for. */
  [Symbol.dispose](): void {
    for (const child of this.waiting.values()) if (child.connected) child.disconnect();
    this.waiting.clear();
    this.ended = true;
  }

  private begin(verb?: string, ...rest: string[]): void {
    if (verb === undefined) return;
    const child = spawn("node", [PROGRAM, "ahead", verb], {
      cwd: this.folder,
      detached: true,
      stdio: ["pipe", "pipe", "pipe", "ipc"],
    });
    // One that could not be started is not connected, and then the command says why.
    child.on("error", () => undefined);
    child.once("message", () => {
      if (!this.ended) this.begin(...rest);
    });
    this.waiting.set(verb, child);
  }
}
