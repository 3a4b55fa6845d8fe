import type { ChildProcessByStdio } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { ProgramRequests } from "../monitor/requests";
import type { MonitorServer } from "../monitor/server";
import type { OnLine, Program, ProgramExit, ProgramRun } from "./program";

const END_MS = { finished: 5_000, halted: 1_000 };

/** What `run.ts` reads from its standard input, and begins with. */
export interface RunRequest {
  arguments: string[];
  environment: Record<string, string>;
}

/** A program that is loading, or runs, in a process of its own. */
export class ProgramProcess implements Program {
  readonly exited: Promise<ProgramExit>;
  private isOver = false;
  private server: MonitorServer | undefined;

  constructor(
    private readonly process: ChildProcessByStdio<Writable, Readable, Readable>,
    /** Where it runs. */
    private readonly directory: string,
  ) {
    // Its streams are closed after the last line was read.
    this.exited = new Promise((resolve) => {
      process.once("close", (code, signal) => resolve({ code, signal }));
      process.once("error", () => resolve({ code: null, signal: null }));
    });
    this.exited.then(() => {
      this.isOver = true;
      this.server?.close();
    });
    // A program that ended early does not read what it should begin with.
    process.stdin.on("error", () => {});
  }

  async begin(run: ProgramRun, requests: ProgramRequests, onLine: OnLine): Promise<void> {
    createInterface({ input: this.process.stdout }).on("line", (line) => onLine("info", line));
    createInterface({ input: this.process.stderr }).on("line", (line) => onLine("info#err", line));
    const { serveMonitor } = await import("../monitor/server");
    this.server = await serveMonitor(requests, { project: run.project.root, program: this.directory });
    this.process.stdin.end(JSON.stringify(runRequest(run, this.server.address)));
  }

  async end(after: "finished" | "halted"): Promise<void> {
    const timer = setTimeout(() => this.discard(), END_MS[after]);
    await this.exited;
    clearTimeout(timer);
  }

  discard(): void {
    if (!this.isOver) this.process.kill("SIGKILL");
    this.server?.close();
  }
}

function runRequest(run: ProgramRun, monitor: string): RunRequest {
  const { organization, project, stack, parallel, dryRun, config, configSecretKeys } = run;
  const flags: Record<string, string> = {
    ...{ monitor, engine: monitor, organization, stack, parallel: String(parallel) },
    ...{ project: project.name, "root-directory": project.root },
  };
  const named = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
  return {
    arguments: dryRun ? [...named, "--dry-run"] : named,
    environment: {
      PULUMI_CONFIG: JSON.stringify(config),
      PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(configSecretKeys),
    },
  };
}
