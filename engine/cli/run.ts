import { writeFileSync } from "node:fs";
import { palette, wantsColor } from "../../terminal/palette";
import type { Display } from "../display/plain-display";
import type { EngineEvent } from "../events";
import { CommandError, EXIT } from "../exit-code";
import type { Engine, Only, RunKind, RunOptions, RunResult } from "../index";
import type { ProjectFile } from "../stack-file/project-file";
import type { StartedAhead } from "../started-ahead";
import { errorJson } from "./error-json";
import { type GlobalOptions, isInteractive } from "./global-options";
import { listenForInterrupts } from "./interrupt";
import { chosenStack, openEngine, openProject } from "./open-engine";

export interface RunFlags extends GlobalOptions {
  yes?: boolean;
  skipPreview?: boolean;
  previewOnly?: boolean;
  message?: string;
  target?: string[];
  targetDependents?: boolean;
  continueOnError?: boolean;
  json?: boolean;
  parallel?: number;
  diff?: boolean;
  showSecrets?: boolean;
  expectNoChanges?: boolean;
  refresh?: boolean;
  clearPendingCreates?: boolean;
  suppressOutputs?: boolean;
  suppressProgress?: boolean;
  eventLog?: string;
  /** Shows the run on stderr: stdout is for data of the command that it is part of. */
  toStderr?: boolean;
}

const VERBS: Record<RunKind, string> = { update: "update", refresh: "refresh", destroy: "destroy" };

/** One command: an engine, a stack, and how its runs are shown. */
export class Run {
  /** For `perform`. */
  ahead?: StartedAhead;
  /** For `perform`, beside its own Ctrl-C: aborted, nothing new starts. */
  stop?: AbortSignal;
  private planned = false;
  private only?: Only;
  private listener?: (event: EngineEvent) => void;
  /** The first error that an event told. */
  private told = "";

  private constructor(
    readonly project: ProjectFile,
    private readonly engine: Engine,
    readonly stack: string,
    private readonly kind: RunKind,
    private readonly flags: RunFlags,
    private readonly given: Record<string, string>,
    readonly isLocal: boolean,
  ) {}

  static async prepare(kind: RunKind, flags: RunFlags, given: Record<string, string>): Promise<Run> {
    const project = await openProject(flags.cwd);
    return Run.with(await openEngine(project), project, kind, flags, given);
  }

  /** With an engine that is open already. */
  static async with(
    engine: Engine,
    project: ProjectFile,
    kind: RunKind,
    flags: RunFlags,
    given: Record<string, string>,
  ): Promise<Run> {
    const lost = engine.showsItself ? notPassedOn(kind, flags) : [];
    if (lost.length > 0) {
      throw new CommandError(`${lost.join(", ")}: use \`pulumi\` itself, or SLIPWAY_ENGINE=embedded`, EXIT.usage);
    }
    const run = process.env.SLIPWAY_RUN ? `, run ${process.env.SLIPWAY_RUN}` : "";
    (flags.json || flags.toStderr ? process.stderr : process.stdout).write(`Engine: ${engine.description}${run}\n`);
    const stack = await chosenStack(engine, flags.stack);
    const { isOwnLocalStack } = await import("../stack-store");
    const isLocal = isOwnLocalStack({ project: project.name, stack });
    if (flags.eventLog) writeFileSync(flags.eventLog, "");
    return new Run(project, engine, stack, kind, flags, given, isLocal);
  }

  /** Pulumi's own CLI starts its commands itself. */
  get takesAhead(): boolean {
    return !this.engine.showsItself;
  }

  get interactive(): boolean {
    return isInteractive(this.flags);
  }

  private get hasDetails(): boolean {
    return !this.engine.showsItself || takesDiff(this.kind);
  }

  private get isRedrawn(): boolean {
    return this.interactive && !this.flags.suppressProgress && !this.flags.toStderr;
  }

  private get out(): NodeJS.WriteStream {
    return this.flags.toStderr ? process.stderr : process.stdout;
  }

  /** Starts what `perform` needs, while something else is done first. */
  async whileWarmingUp<T>(work: () => Promise<T>): Promise<T> {
    this.engine.warmUp?.();
    try {
      return await work();
    } catch (error) {
      this.engine.coolDown?.();
      throw error;
    }
  }

  preview(): Promise<RunResult> {
    this.planned = true;
    return this.shown(true, (options) => this.engine.preview(this.stack, options, this.kind));
  }

  /** What it would do, shown to nobody but the listener. */
  plan(onEvent: (event: EngineEvent) => void): Promise<RunResult> {
    return this.engine.preview(this.stack, { onEvent }, this.kind);
  }

  /** `listener` hears what the display shows, `only` limits what is changed; of the embedded engine. */
  perform(listener?: (event: EngineEvent) => void, only?: Only): Promise<RunResult> {
    this.listener = listener;
    this.only = only;
    this.planned = false;
    const method = this.kind === "update" ? "up" : this.kind;
    return this.shown(false, (options) => this.engine[method](this.stack, options));
  }

  async isConfirmed(): Promise<boolean> {
    const { ask } = await import("./ask");
    for (;;) {
      const answers = this.hasDetails ? (["yes", "no", "details"] as const) : (["yes", "no"] as const);
      const answer = await ask(`Do you want to perform this ${VERBS[this.kind]}?`, answers);
      if (answer !== "details") return answer === "yes";
      await this.shown(true, (options) => this.engine.preview(this.stack, options, this.kind), true);
    }
  }

  /** The exit code of a result; says on stderr what no event said. */
  end(result: RunResult): number {
    const { failure, changes, canceled } = result;
    if (failure) this.complain("slipway.run.failed", failure);
    if (canceled) this.complain("slipway.run.canceled", `${VERBS[this.kind]} canceled`);
    if (result.result === "failed") {
      if (this.flags.json && !failure && !canceled) this.complain("slipway.run.failed", this.told);
      return EXIT.failure;
    }
    if (this.flags.expectNoChanges && Object.entries(changes).some(([op, count]) => op !== "same" && count > 0)) {
      this.complain(
        "slipway.run.unexpected_changes",
        this.planned
          ? "no changes were expected for preview but changes were proposed"
          : "no changes were expected but changes occurred",
      );
      return EXIT.unexpectedChanges;
    }
    if (this.kind === "destroy" && !this.planned && !this.flags.json && !this.flags.target?.length) {
      process.stdout.write(
        "The resources in the stack have been deleted, but the history and configuration associated with the stack are still maintained. \n" +
          `If you want to remove the stack completely, run \`pulumi stack rm ${this.stack}\`.\n`,
      );
    }
    return EXIT.success;
  }

  private complain(code: string, message: string): void {
    process.stderr.write(this.flags.json ? errorJson({ code, message }) : `error: ${message}\n`);
  }

  private async shown(
    planning: boolean,
    act: (options: RunOptions) => Promise<RunResult>,
    details = this.flags.diff ?? false,
  ): Promise<RunResult> {
    const { flags } = this;
    const display = await this.display(planning, details);
    using interruption = listenForInterrupts((text) => display.say(text));
    const log = await this.eventLog((line) => display.say(line));
    try {
      const result = await act({
        message: flags.message,
        targets: flags.target,
        targetDependents: flags.targetDependents,
        ...(this.only && { only: this.only }),
        ...(this.ahead && !planning && { ahead: this.ahead }),
        continueOnError: flags.continueOnError,
        parallel: flags.parallel,
        refresh: flags.refresh,
        clearPendingCreates: flags.clearPendingCreates,
        flags: this.given,
        printing: {
          diff: details,
          debug: flags.debug,
          suppressOutputs: flags.suppressOutputs,
          suppressProgress: flags.suppressProgress,
          color: flags.color,
        },
        signal: this.stop ? AbortSignal.any([this.stop, interruption.stop]) : interruption.stop,
        terminate: interruption.terminate,
        onEvent: (event) => {
          log?.(event);
          this.listener?.(event);
          if (event.kind === "diagnostic" && event.severity === "error") this.told ||= event.message;
          if (event.kind !== "diagnostic" || event.severity !== "debug" || flags.debug) display.event(event);
        },
        onOutput: (text) => this.out.write(text),
        onNotice: (line) => display.say(line),
      });
      display.close(result);
      return result;
    } catch (error) {
      display.close(undefined);
      throw error;
    }
  }

  private async display(planning: boolean, details: boolean): Promise<Display> {
    const { flags, kind, stack, project } = this;
    const { openDisplay } = await import("../display");
    const color = wantsColor(flags.color, !!this.out.isTTY, process.env);
    return openDisplay({
      form: flags.json ? "json" : details ? "diff" : this.isRedrawn ? "tree" : "plain",
      kind,
      planning,
      stack,
      stackUrn: `urn:pulumi:${stack}::${project.name}::pulumi:pulumi:Stack::${project.name}-${stack}`,
      palette: palette(color),
      showSecrets: flags.showSecrets ?? false,
      suppressOutputs: flags.suppressOutputs ?? false,
      silent: this.engine.showsItself ?? false,
      write: (text) => this.out.write(text),
    });
  }

  /** The update's log replaces the preview's. */
  private async eventLog(say: (line: string) => void): Promise<((event: EngineEvent) => void) | undefined> {
    const { eventLog: file, showSecrets } = this.flags;
    if (!file) return undefined;
    const { eventFile } = await import("../display/event-file");
    return eventFile(file, { showSecrets, say });
  }
}

/** Of the previews through Pulumi's Automation API. */
function takesDiff(kind: RunKind): boolean {
  return kind === "update";
}

/** Flags that were given, and that the Automation API has nothing for. */
function notPassedOn(kind: RunKind, flags: RunFlags): string[] {
  const given = {
    "--json": flags.json,
    "--event-log": flags.eventLog,
    "--show-secrets": flags.showSecrets,
    "--diff": flags.diff && !takesDiff(kind),
    "--continue-on-error": flags.continueOnError && kind === "refresh",
  };
  return Object.entries(given).flatMap(([flag, value]) => (value ? [flag] : []));
}
