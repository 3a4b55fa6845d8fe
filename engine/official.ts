import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { EngineEvent as OfficialEvent, OutputMap, Stack, UpdateSummary } from "@pulumi/pulumi/automation";
import { CommandError, EXIT } from "./exit-code";
import type { ConfigSetOptions, Engine, HistoryRecord, RunKind, RunOptions, RunResult } from "./index";
import { engineEvent } from "./official-events";
import { type PropertyMap, type PropertyValue, secret } from "./property-value";
import { ensureLocalPassphrase, localPassphraseFile } from "./secrets/passphrase";
import { type ConfigEntry, MASK } from "./stack-file/config-values";
import type { ProjectFile } from "./stack-file/project-file";
import { parseStackName } from "./stack-file/stack-name";
import { isOwnLocalStack, LOCAL_STACK } from "./stack-store";
import type { ExportedDeployment } from "./state/deployment-file";
import { StackNotFoundError, type StackSummary } from "./state/file-backend";
import { ORGANIZATION } from "./state/stack-files";
import { StackLockedError } from "./state/stack-lock";

type Automation = typeof import("@pulumi/pulumi/automation");
type Workspace = Awaited<ReturnType<Automation["LocalWorkspace"]["create"]>>;

const PASSPHRASE_FILE = "PULUMI_CONFIG_PASSPHRASE_FILE";

/** Pulumi's own CLI, driven through its Automation API; it prints its progress itself. */
export class OfficialEngine implements Engine {
  readonly showsItself = true;

  private constructor(
    readonly description: string,
    private readonly project: ProjectFile,
    private readonly automation: Automation,
    private readonly workspace: Workspace,
    /** The user's; of stack `local` it may be the generated one. */
    private readonly hasPassphrase: boolean,
  ) {}

  static async open(project: ProjectFile, environment: NodeJS.ProcessEnv): Promise<OfficialEngine> {
    const automation = await import("@pulumi/pulumi/automation");
    const hasPassphrase = "PULUMI_CONFIG_PASSPHRASE" in environment || PASSPHRASE_FILE in environment;
    const workspace = await automation.LocalWorkspace.create({ workDir: project.root }).catch((cause) => {
      throw new CommandError(
        `SLIPWAY_ENGINE=official: Pulumi's CLI does not start: ${cause.message}\n` +
          "hint: install it (https://www.pulumi.com/docs/install/), or set SLIPWAY_ENGINE=embedded",
        EXIT.failure,
        { cause },
      );
    });
    return new OfficialEngine(`Pulumi CLI v${workspace.pulumiVersion}`, project, automation, workspace, hasPassphrase);
  }

  up(stack: string, options: RunOptions): Promise<RunResult> {
    return this.run(options, async () => {
      const { refresh } = options;
      return (await (await this.stack(stack)).up({ ...runOptions(options), refresh })).summary;
    });
  }

  refresh(stack: string, options: RunOptions): Promise<RunResult> {
    return this.run(options, async () => {
      const { clearPendingCreates } = options;
      return (await (await this.stack(stack)).refresh({ ...runOptions(options), clearPendingCreates })).summary;
    });
  }

  destroy(stack: string, options: RunOptions): Promise<RunResult> {
    return this.run(options, async () => (await (await this.stack(stack)).destroy(runOptions(options))).summary);
  }

  preview(stack: string, options: RunOptions, kind: RunKind = "update"): Promise<RunResult> {
    return this.run(options, async () => {
      const selected = await this.stack(stack);
      const given = runOptions(options);
      switch (kind) {
        case "update":
          return selected.preview({ ...given, refresh: options.refresh });
        case "refresh":
          return selected.previewRefresh({ ...given, clearPendingCreates: options.clearPendingCreates });
        case "destroy":
          return selected.previewDestroy(given);
      }
    });
  }

  /** Which organizations there are is for Pulumi's CLI to say. */
  bareName(typed: string): string {
    const [organization, ...rest] = typed.split("/");
    const name = rest.length > 0 ? [ORGANIZATION, ...rest].join("/") : (organization as string);
    return parseStackName(name, this.project.name).stack;
  }

  async selectedStack(): Promise<string | undefined> {
    const selected = process.env.PULUMI_STACK ?? (await this.workspace.stack())?.name;
    return selected ?? (isOwnLocalStack({ project: this.project.name, stack: LOCAL_STACK }) ? LOCAL_STACK : undefined);
  }

  async selectStack(stack: string | undefined): Promise<void> {
    if (stack === undefined) await this.cli("stack", "unselect");
    else await this.stack(stack);
  }

  async createStack(stack: string): Promise<void> {
    await (await this.workspaceOf(stack)).createStack(stack);
  }

  async removeStack(stack: string, options: { force?: boolean; preserveConfig?: boolean }): Promise<void> {
    await (await this.workspaceOf(stack)).removeStack(stack, options);
  }

  async stacks(): Promise<StackSummary[]> {
    const stacks = await this.workspace.listStacks();
    return stacks.map(({ name, current, lastUpdate, resourceCount }) => ({ name, current, lastUpdate, resourceCount }));
  }

  async history(stack: string, showSecrets: boolean): Promise<HistoryRecord[]> {
    const entries = await (await this.stack(stack)).history(undefined, undefined, showSecrets);
    return entries.map((entry) => ({
      ...(entry as unknown as HistoryRecord),
      startTime: entry.startTime.toISOString(),
      endTime: entry.endTime.toISOString(),
    }));
  }

  async outputs(stack: string, showSecrets: boolean): Promise<PropertyMap> {
    return outputMap(await (await this.workspaceOf(stack)).stackOutputs(stack), showSecrets);
  }

  async exportStack(stack: string, showSecrets: boolean): Promise<ExportedDeployment> {
    // The Automation API exports secrets in clear only.
    return JSON.parse(await this.cliOf(stack, "stack", "export", ...(showSecrets ? ["--show-secrets"] : [])));
  }

  async importStack(stack: string, deployment: ExportedDeployment, force: boolean): Promise<{ warnings: string[] }> {
    if (force) throw new CommandError("--force: use `pulumi stack import --force` itself", EXIT.usage);
    await (await this.workspaceOf(stack)).importStack(stack, deployment);
    return { warnings: [] };
  }

  async cancel(stack: string): Promise<void> {
    await (await this.stack(stack)).cancel();
  }

  async deleteState(
    stack: string,
    urn: string,
    { force, targetDependents }: { force?: boolean; targetDependents?: boolean },
  ): Promise<void> {
    const flags = [...(force ? ["--force"] : []), ...(targetDependents ? ["--target-dependents"] : [])];
    await this.cliOf(stack, "state", "delete", urn, "--yes", ...flags);
  }

  async config(stack: string, showSecrets: boolean): Promise<Record<string, ConfigEntry>> {
    const values = await (await this.workspaceOf(stack)).getAllConfig(stack);
    return Object.fromEntries(
      Object.entries(values).map(([key, { value, secret: isSecret = false }]) => [
        key,
        isSecret && !showSecrets ? { secret: true } : { value, secret: isSecret },
      ]),
    );
  }

  async maskedConfig(stack: string): Promise<Record<string, string>> {
    const entries = await this.config(stack, false);
    return Object.fromEntries(Object.entries(entries).map(([key, { value }]) => [key, value ?? MASK]));
  }

  async getConfig(stack: string, key: string, options: { path?: boolean }): Promise<ConfigEntry | undefined> {
    const { value, secret: isSecret = false } = await (await this.workspaceOf(stack)).getConfig(
      stack,
      key,
      options.path,
    );
    return { value, secret: isSecret };
  }

  async setConfig(stack: string, key: string, value: string, options: ConfigSetOptions): Promise<void> {
    await (await this.workspaceOf(stack)).setConfig(stack, key, { value, secret: options.secret }, options.path);
  }

  async removeConfig(stack: string, key: string, options: { path?: boolean }): Promise<void> {
    await (await this.workspaceOf(stack)).removeConfig(stack, key, options.path);
  }

  private isOwn(stack: string): boolean {
    return isOwnLocalStack({ project: this.project.name, stack: this.bareName(stack) });
  }

  /** Stack `local` has a generated passphrase, which Pulumi's CLI has to be told of; no other may be encrypted with it. */
  private async workspaceOf(stack: string): Promise<Workspace> {
    delete this.workspace.envVars[PASSPHRASE_FILE];
    if (!this.hasPassphrase && this.isOwn(stack)) {
      await ensureLocalPassphrase(this.project.root);
      this.workspace.envVars[PASSPHRASE_FILE] = localPassphraseFile(this.project.root);
    }
    return this.workspace;
  }

  private async stack(stack: string): Promise<Stack> {
    const { Stack, StackNotFoundError: NotFound } = this.automation;
    const workspace = await this.workspaceOf(stack);
    const select = this.isOwn(stack) ? Stack.createOrSelect : Stack.select;
    return select.call(Stack, stack, workspace).catch((error) => {
      throw error instanceof NotFound ? new StackNotFoundError(stack) : error;
    });
  }

  /** A failed run has printed its reasons already; everything else is an error of its own. */
  private async run(options: RunOptions, act: () => Promise<RunSummary>): Promise<RunResult> {
    const begun = performance.now();
    const ended = (result: RunResult["result"], changes: RunResult["changes"] = {}): RunResult => ({
      result,
      canceled: options.signal?.aborted ?? false,
      changes,
      durationSeconds: (performance.now() - begun) / 1000,
    });
    try {
      const summary = await act();
      return ended("succeeded", "changeSummary" in summary ? summary.changeSummary : summary.resourceChanges);
    } catch (error) {
      if (error instanceof this.automation.ConcurrentUpdateError) throw new StackLockedError(lockText(error.message));
      if (error instanceof this.automation.CommandError) return ended("failed");
      throw error;
    }
  }

  /** On a stack, with its passphrase. */
  private async cliOf(stack: string, ...args: string[]): Promise<string> {
    await this.workspaceOf(stack);
    return this.cli(...args, "--stack", stack);
  }

  private async cli(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)("pulumi", [...args, "--non-interactive"], {
      cwd: this.project.root,
      env: { ...process.env, ...this.workspace.envVars },
      maxBuffer: 400 * 1024 * 1024,
    }).catch((cause) => {
      throw new CommandError(
        String(cause.stderr || cause.message)
          .replace(/^error: /, "")
          .trimEnd(),
        EXIT.failure,
        { cause },
      );
    });
    return stdout;
  }
}

type RunSummary = Pick<UpdateSummary, "resourceChanges"> | { changeSummary: RunResult["changes"] };

function runOptions(options: RunOptions) {
  const { message, targets, targetDependents, continueOnError, parallel, signal, onOutput, printing } = options;
  const { onEvent: listener } = options;
  return {
    ...{ message, target: targets, targetDependents, continueOnError, parallel, signal, onOutput, ...printing },
    // It costs a log that is written and followed.
    ...(listener && {
      onEvent: (event: OfficialEvent) => {
        const told = engineEvent(event);
        if (told) listener(told);
      },
    }),
  };
}

/** Out of all that the command printed: who has the stack, a line for each lock. */
function lockText(printed: string): string {
  return /the stack is currently locked.*(\n {2,}\S+: created by .*)*/.exec(printed)?.[0] ?? printed;
}

function outputMap(outputs: OutputMap, showSecrets: boolean): PropertyMap {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, output]): [string, PropertyValue] => [
      name,
      output.secret ? secret(showSecrets ? output.value : MASK) : output.value,
    ]),
  );
}
