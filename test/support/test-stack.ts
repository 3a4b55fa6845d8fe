import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import Docker from "dockerode";
import { parse, stringify } from "yaml";
import { exec } from "../../host/docker";
import type { Droplet } from "./droplet";
import { freePorts } from "./free-ports";
import { installHostProgram } from "./host-program";
import { type Answer, httpRequest, type Sent } from "./http-request";
import { removeLeftovers, removeStack, stackFolder, stackName } from "./leftovers";
import { fillRegistry, machineImages } from "./machine-images";
import { SteadyLoad } from "./steady-load";

const REPOSITORY = resolve(__dirname, "../..");
/** What the program is made of. */
const PROGRAM = [
  "Pulumi.yaml",
  "index.ts",
  "components",
  "config",
  "host",
  "terminal",
  "package.json",
  "tsconfig.json",
];
/** Deploys are not watched, unless the watch is what a test is about. */
const UNWATCHED = { "*": { watchSeconds: 0 } };
const PASSPHRASE = "a passphrase of the tests";

export interface Run {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** Both channels in the order in which they came. */
  output: string;
  seconds: number;
}

export interface StartOptions {
  /** Added to, or with `undefined` taken from, the environment. */
  env?: NodeJS.ProcessEnv;
  onOutput?: (text: string) => void;
}

export interface RunningCommand {
  child: ChildProcess;
  done: Promise<Run>;
}

export interface TestStackOptions {
  /** Content of `projects.yml`. */
  projects: object;
  /** `slipway:` keys of the stack's file, without the prefix; the machine's images and free ports are filled in. */
  config?: Record<string, unknown>;
  /** Does something to the stack's folder, or to its volumes, before anything is there. */
  prepare?(stack: { name: string; folder: string }): Promise<void>;
  /** The machine that it runs on, reached over SSH, as environment `staging`. Default: this machine. */
  droplet?: Droplet;
}

/** A whole stack of its own on this machine's Docker, in a folder of its own; removed with everything it made. */
export class TestStack implements AsyncDisposable {
  private constructor(
    readonly name: string,
    readonly docker: Docker,
    readonly gatewayPort: number,
    readonly registryPort: number,
    private readonly droplet: Droplet | undefined,
  ) {}

  static async create({ projects, config = {}, prepare, droplet }: TestStackOptions): Promise<TestStack> {
    const name = stackName(randomBytes(3).toString("hex"));
    const [gatewayPort, registryPort] = (await freePorts(2)) as [number, number];
    const stack = droplet
      ? new TestStack(name, droplet.docker, droplet.gatewayPort, 5000, droplet)
      : new TestStack(name, new Docker(), gatewayPort, registryPort, undefined);
    await removeLeftovers(new Docker());
    await prepare?.(stack);
    for (const entry of PROGRAM) await cp(join(REPOSITORY, entry), join(stack.folder, entry), { recursive: true });
    await symlink(join(REPOSITORY, "node_modules"), join(stack.folder, "node_modules"));
    await installHostProgram(join(stack.folder, ".slipway/opt/slipway"));
    await stack.declare(projects);
    const { images } = await machineImages();
    await fillRegistry(stack.docker, stack.name, droplet?.samples);
    await stack.succeed("stack", "init", stack.name);
    const place = droplet
      ? { environment: "staging", gateway: { address: "0.0.0.0", port: 80 }, host: droplet.host }
      : { environment: "local", gateway: stack.gateway };
    const registry = { port: stack.registryPort };
    await stack.configure({ ...place, registry, images, deploy: UNWATCHED, ...config });
    return stack;
  }

  get folder(): string {
    return stackFolder(this.name);
  }

  get gateway(): { address: string; port: number } {
    return { address: "127.0.0.1", port: this.gatewayPort };
  }

  /** What a command of this stack has in its environment. */
  get env(): NodeJS.ProcessEnv {
    return { PULUMI_STACK: this.name, PULUMI_CONFIG_PASSPHRASE: PASSPHRASE, SLIPWAY_ENGINE: "embedded" };
  }

  get checkpointFile(): string {
    return join(this.folder, `.pulumi/stacks/slipway/${this.name}.json`);
  }

  get stackFile(): string {
    return join(this.folder, `Pulumi.${this.name}.yaml`);
  }

  async write(file: string, content: string): Promise<void> {
    await writeFile(join(this.folder, file), content);
  }

  /** Replaces `projects.yml`. */
  async declare(projects: object): Promise<void> {
    await this.write("projects.yml", stringify(projects));
  }

  /** Edits the stack's file as an operator does: sets `slipway:` keys as a whole. */
  async configure(values: Record<string, unknown>): Promise<void> {
    const content = parse(await readFile(this.stackFile, "utf8")) as { config?: Record<string, unknown> };
    const own = Object.fromEntries(Object.entries(values).map(([key, value]) => [`slipway:${key}`, value]));
    await writeFile(this.stackFile, stringify({ ...content, config: { ...content.config, ...own } }));
  }

  /** The command as a user types it, without a terminal. */
  slipway(...args: string[]): Promise<Run> {
    return this.start(args).done;
  }

  start(args: string[], { env, onOutput }: StartOptions = {}): RunningCommand {
    const began = performance.now();
    const child = spawn(process.execPath, [join(REPOSITORY, ".slipway/build/slipway.js"), ...args], {
      cwd: this.folder,
      env: { ...process.env, ...this.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const run: Run = { code: null, signal: null, stdout: "", stderr: "", output: "", seconds: 0 };
    for (const channel of ["stdout", "stderr"] as const) {
      child[channel].setEncoding("utf8").on("data", (text: string) => {
        run[channel] += text;
        run.output += text;
        onOutput?.(text);
      });
    }
    const done = new Promise<Run>((settle) => {
      child.on("close", (code, signal) =>
        settle({ ...run, code, signal, seconds: (performance.now() - began) / 1000 }),
      );
    });
    return { child, done };
  }

  /** The same, for what must work; the error shows what it printed. */
  async succeed(...args: string[]): Promise<Run> {
    const run = await this.slipway(...args);
    if (run.code !== 0) throw new Error(`slipway ${args.join(" ")} exited ${run.code ?? run.signal}\n${run.output}`);
    return run;
  }

  up(...args: string[]): Promise<Run> {
    return this.slipway("up", "--yes", "--skip-preview", ...args);
  }

  /** The same, for one that must work. */
  deployed(...args: string[]): Promise<Run> {
    return this.succeed("up", "--yes", "--skip-preview", ...args);
  }

  /** A request through the gateway, on a connection of its own. */
  get(host: string, path = "/", sent?: Sent): Promise<Answer> {
    return httpRequest(this.gatewayPort, host, path, sent);
  }

  /** The release that answers a project's health path; "" where none does. */
  async servedRelease(host: string): Promise<string> {
    const { status, headers } = await this.get(host, "/healthz");
    return status === 200 ? String(headers["x-slipway-release"] ?? "") : "";
  }

  load(host: string, perSecond = 50, path?: string): SteadyLoad {
    return new SteadyLoad({ ...this.gateway, host, ...(path !== undefined && { path }) }, perSecond, true);
  }

  /** Containers of this stack, running or not, by what they are labelled. */
  async containers(labels: Record<string, string> = {}): Promise<Docker.ContainerInfo[]> {
    const wanted = { "slipway.stack": this.name, ...labels };
    const label = Object.entries(wanted).map(([key, value]) => `${key}=${value}`);
    return this.docker.listContainers({ all: true, filters: { label } });
  }

  /** Runs a command in a container of the stack. */
  async exec(container: string, command: string[], user: string) {
    if (!this.droplet) return exec(container, command, { user });
    return this.droplet.inContainer(container, command, user);
  }

  /** All that the host program has logged. */
  async hostLog(): Promise<string> {
    const path = "var/log/slipway/deployment.log";
    if (this.droplet) return this.droplet.run("cat", `/${path}`);
    return readFile(join(this.folder, ".slipway", path), "utf8");
  }

  /** The containers that every project shares, service to id. */
  async infrastructure(): Promise<Record<string, string>> {
    const shared = (await this.containers()).filter(({ Labels }) => !Labels["slipway.project"]);
    return Object.fromEntries(shared.map(({ Id, Labels }) => [Labels["slipway.service"] as string, Id]));
  }

  async outputs(): Promise<{ gatewayUrl: string; projects: Record<string, { version: string; release: string }> }> {
    return JSON.parse((await this.succeed("stack", "output", "--json")).stdout.replace(/^Engine: .*\n/, ""));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.droplet) await rm(this.folder, { recursive: true, force: true });
    else await removeStack(this.docker, this.name, this.registryPort);
  }
}
