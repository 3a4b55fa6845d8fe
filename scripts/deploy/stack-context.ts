import { join } from "node:path";
import { loadModel, type Model } from "../../config/model";
import { nearest } from "../../config/nearest";
import type { Project } from "../../config/project";
import { chosenStack, openEngine, openProject } from "../../engine/cli/open-engine";
import type { Engine } from "../../engine/index";
import type { ProjectFile } from "../../engine/stack-file/project-file";
import { StackLockedError } from "../../engine/state/stack-lock";
import { ContractError } from "../../host/contract-error";
import { type Layout, layout } from "../../host/layout";
import { withLock } from "../../host/lock";
import { Log } from "../../host/log";
import { chosenColor } from "../../terminal/palette";
import { hostVerb } from "./host-verb";

/** Pause before a stack's lock is tried again, in milliseconds. */
const LOCK_PAUSE_MS = 500;

/** A stack as an operator's command works on it. */
export class StackContext {
  private constructor(
    readonly projectFile: ProjectFile,
    readonly engine: Engine,
    readonly stack: string,
    readonly model: Model,
    /** Where what is done here is logged: with the host where that is this machine. */
    readonly place: Layout,
    readonly log: Log,
    /** Whether stdout is for the outcome alone, as JSON. */
    readonly json: boolean,
  ) {}

  /**
   * Throws `ConfigError` with every mistake of the configuration. What an update needs starts meanwhile; `close` ends it
   * where none came.
   */
  static async open(stackOption: string | undefined, json = false, cwd?: string): Promise<StackContext> {
    const project = await openProject(cwd);
    const engine = await openEngine(project);
    engine.warmUp?.();
    try {
      const stack = await chosenStack(engine, stackOption);
      const model = loadModel(project.root, stack);
      const place = layout(model.config.host ? join(project.root, ".slipway") : model.config.hostRoot);
      const color = chosenColor(process.argv.slice(2));
      const log = new Log(place.log, { informationTo: json ? "stderr" : "stdout", color });
      return new StackContext(project, engine, stack, model, place, log, json);
    } catch (error) {
      engine.coolDown?.();
      throw error;
    }
  }

  close(): void {
    this.engine.coolDown?.();
  }

  get root(): string {
    return this.projectFile.root;
  }

  get stackFile(): string {
    return join(this.root, `Pulumi.${this.stack}.yaml`);
  }

  host<T>(verb: string, request: object): Promise<T> {
    return hostVerb<T>(this.root, this.model.config, verb, request);
  }

  /** Decrypted, as far as there are any. */
  async registryLogins(): Promise<Record<string, { username: string; password: string }>> {
    if (Object.keys(this.model.config.registries).length === 0) return {};
    const entry = await this.engine.getConfig(this.stack, "slipway:registries", {});
    return JSON.parse(entry?.value ?? "{}") as Record<string, { username: string; password: string }>;
  }

  /** The project of a name; the only one where none is given. Throws `ContractError` 1. */
  project(name: string | undefined): Project {
    const { projects } = this.model;
    const known = projects.map((project) => project.name);
    const [only] = projects;
    if (name === undefined && only && projects.length === 1) return only;
    const found = projects.find((project) => project.name === name);
    if (found) return found;
    const guess = name === undefined ? undefined : nearest(name, known);
    throw new ContractError(
      name === undefined
        ? `which project? there are ${known.join(", ") || "none"}`
        : `there is no project "${name}" in stack ${this.stack}; known: ${known.join(", ")}${guess ? `; did you mean "${guess}"?` : ""}`,
      1,
    );
  }

  /**
   * One deploy or rollback at a time in a checkout: the configuration of one must not go out with another's. The action
   * gets the stack as it is then.
   */
  async exclusively<T>(
    purpose: string,
    waitSeconds: number,
    action: (context: StackContext) => Promise<T>,
  ): Promise<T> {
    const lock = join(this.root, ".slipway/deploys", this.stack);
    let hasWaited = false;
    const own = async () => {
      if (!hasWaited) return action(this);
      // Whoever had the lock before may have changed what the stack's file says.
      const current = await this.reopened();
      return action(current).finally(() => current.close());
    };
    return withLock(lock, purpose, waitSeconds, own, ({ purpose: other, pid, since }) => {
      hasWaited = true;
      this.log.info(`waiting for ${other} (process ${pid}, since ${since}), at most ${waitSeconds} s`);
    });
  }

  private async reopened(): Promise<StackContext> {
    const { projectFile, engine, stack, model, place } = await StackContext.open(this.stack);
    return new StackContext(projectFile, engine, stack, model, place, this.log, this.json);
  }

  /** Waits while somebody else works on the stack. */
  async whenUnlocked<T>(waitSeconds: number, action: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + waitSeconds * 1000;
    for (let told = false; ; told = true) {
      try {
        return await action();
      } catch (error) {
        if (!(error instanceof StackLockedError) || Date.now() > deadline) throw error;
        if (!told) this.log.info(`${error.message.split("\n").at(-1)?.trim()}; waiting, at most ${waitSeconds} s`);
        await new Promise((done) => setTimeout(done, LOCK_PAUSE_MS));
      }
    }
  }
}
