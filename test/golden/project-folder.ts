import { spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import {
  added,
  type CommandResult,
  comparableEvents,
  comparableOutput,
  grows,
  type Outcome,
  parsed,
  withoutOwnLines,
} from "./outcome";
import { type Command, type Step, scenariosFolder } from "./scenario";

const repository = resolve(__dirname, "../..");
export const commandLine = join(repository, ".slipway/build/slipway.js");

/** A step that takes longer than this hangs, in milliseconds. */
const LONGEST_STEP = 120_000;

/** A project, a backend and a home of its own for one scenario, in a temporary folder. */
export class ProjectFolder {
  private readonly root = realpathSync(mkdtempSync(join(tmpdir(), "slipway-golden-")));
  private readonly project = this.folder("project");
  private readonly backend = this.folder("backend");
  private readonly home = this.folder("home");
  private readonly environment: NodeJS.ProcessEnv;
  private readonly grown: Outcome["files"] = {};

  /** @param variables what the scenario reads from its environment (`GOLDEN_IMAGE` and the like) */
  constructor(
    private readonly scenario: string,
    variables: { [name: string]: string } = {},
  ) {
    writeFileSync(join(this.project, "package.json"), '{"name":"golden","private":true,"main":"index.ts"}\n');
    writeFileSync(
      join(this.project, "tsconfig.json"),
      '{"compilerOptions":{"strict":true,"outDir":"bin","target":"es2020","module":"commonjs","moduleResolution":"node","skipLibCheck":true},"files":["index.ts"]}\n',
    );
    symlinkSync(join(repository, "node_modules"), join(this.project, "node_modules"));
    const bin = this.folder("bin");
    writeFileSync(join(bin, "pulumi"), `#!/bin/sh\nexec '${process.execPath}' '${commandLine}' "$@"\n`);
    chmodSync(join(bin, "pulumi"), 0o755);
    this.environment = {
      PATH: [bin, dirname(process.execPath), "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"].join(":"),
      HOME: this.home,
      LANG: "C.UTF-8",
      SLIPWAY_ENGINE: "embedded",
      PULUMI_HOME: join(this.home, ".pulumi"),
      PULUMI_BACKEND_URL: `file://${this.backend}`,
      PULUMI_CONFIG_PASSPHRASE: "x",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_DEBUG_COMMANDS: "true",
      ...variables,
    };
  }

  /** Copies the step's files, runs it, and collects what is compared, and for people what it printed. */
  async run(step: Step): Promise<{ outcome: Outcome; printed: string }> {
    this.copyFiles(step);
    const log = join(this.root, "events.jsonl");
    rmSync(log, { force: true });
    const command = step.sh ?? [...(step.argv ?? []), ...(step.events ? ["--event-log", log] : [])];
    const result = await this.command(command, step.env);
    const state = step.state !== false && (step.events || step.state) ? await this.state(step.env) : undefined;
    const stdout = withoutOwnLines(result.stdout);
    const outcome: Outcome = {
      exitCode: result.exitCode,
      ...comparableOutput(step, stdout),
      complained: withoutOwnLines(result.stderr) !== "",
      ...(existsSync(log) ? { events: comparableEvents(this.generalised(readFileSync(log, "utf8"))) } : {}),
      ...(state === undefined ? {} : { state }),
      files: { ...this.savedFiles(step), ...(await this.extraFiles(step)) },
    };
    return { outcome, printed: result.stdout + result.stderr };
  }

  copyFiles({ files = {} }: Pick<Step, "files">): void {
    for (const [destination, source] of Object.entries(files)) {
      const to = join(this.project, destination);
      mkdirSync(dirname(to), { recursive: true });
      if (source === null) rmSync(to, { recursive: true, force: true });
      else cpSync(join(scenariosFolder, this.scenario, source), to, { recursive: true });
    }
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.project, name), text);
  }

  /** Runs a command in the project folder; its output has `<DIR>` and the like in place of this run's paths. */
  async command(command: Command, env: Step["env"] = {}): Promise<CommandResult> {
    const environment = { ...this.environment };
    for (const [name, value] of Object.entries(env)) {
      if (value === null) delete environment[name];
      else environment[name] = this.specialised(value);
    }
    const [file = "", ...args] = typeof command === "string" ? ["sh", "-c", command] : command;
    return new Promise((done, failed) => {
      const child = spawn(
        file,
        args.map((arg) => this.specialised(arg)),
        {
          cwd: this.project,
          env: environment,
          stdio: ["ignore", "pipe", "pipe"],
          detached: true,
        },
      );
      const deadline = setTimeout(() => child.pid && process.kill(-child.pid, "SIGKILL"), LONGEST_STEP);
      const output = { stdout: "", stderr: "" };
      child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
      child.on("error", failed);
      child.on("close", (code, signal) => {
        clearTimeout(deadline);
        done({
          exitCode: code ?? `signal ${signal}`,
          stdout: this.generalised(output.stdout),
          stderr: this.generalised(output.stderr),
        });
      });
    });
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  private async state(env: Step["env"]): Promise<Outcome["state"]> {
    const exported = await this.command(["pulumi", "stack", "export"], env);
    return exported.exitCode === 0 ? parsed(withoutOwnLines(exported.stdout)) : undefined;
  }

  private savedFiles({ save = [] }: Step): Outcome["files"] {
    const present = save.filter((name) => existsSync(join(this.project, name)));
    return Object.fromEntries(
      present.map((name) => {
        const content = parsed(this.generalised(readFileSync(join(this.project, name), "utf8")));
        const before = this.grown[name];
        if (grows(name)) this.grown[name] = content;
        return [basename(name), grows(name) ? added(content, before) : content];
      }),
    );
  }

  private async extraFiles({ extra = {}, env }: Step): Promise<Outcome["files"]> {
    const files: Outcome["files"] = {};
    for (const [name, command] of Object.entries(extra)) {
      const { stdout, stderr, exitCode } = await this.command(command, env);
      const complaint = withoutOwnLines(stderr);
      const text =
        withoutOwnLines(stdout) +
        (complaint ? `--- stderr\n${complaint}` : "") +
        (exitCode === 0 ? "" : `--- exit ${exitCode}\n`);
      if (text !== "") files[name] = parsed(text);
    }
    return files;
  }

  private folder(name: string): string {
    const path = join(this.root, name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  private specialised(text: string): string {
    return text.replaceAll("<DIR>", this.project).replaceAll("<BACKEND>", this.backend);
  }

  private generalised(text: string): string {
    const literals: [string, string][] = [
      [this.project, "<DIR>"],
      [this.backend, "<BACKEND>"],
      [join(this.home, ".pulumi"), "<PULUMI_HOME>"],
      [this.home, "<HOME>"],
      [process.execPath, "<NODE>"],
      ...(this.environment.GOLDEN_SSH_DIR ? [[this.environment.GOLDEN_SSH_DIR, "<SSH_DIR>"] as [string, string]] : []),
    ];
    return literals.reduce((all, [path, placeholder]) => all.replaceAll(path, placeholder), text);
  }
}
