import { rm } from "node:fs/promises";
import { CommandError } from "./exit-code";
import type { ConfigSetOptions, Engine, HistoryRecord, RunKind, RunOptions, RunResult } from "./index";
import { type Program, startProgram } from "./program/launch";
import type { PropertyMap } from "./property-value";
import { previewStack, projectInfo, runStack } from "./run-stack";
import { SecretsBySalt } from "./secrets/stack-secrets";
import { configEntries, configEntryOf, decrypting, setConfigEntry } from "./stack-config";
import { type ConfigKey, parseConfigKey } from "./stack-file/config-key";
import { type ConfigEntry, maskedConfig } from "./stack-file/config-values";
import type { ProjectFile } from "./stack-file/project-file";
import type { ConfigNode } from "./stack-file/stack-file";
import { parseStackName } from "./stack-file/stack-name";
import { Workspace } from "./stack-file/workspace";
import type { StackState } from "./stack-state";
import { isOwnLocalStack, LOCAL_STACK, StackStore } from "./stack-store";
import type { BackendLocation } from "./state/backend-url";
import { type ExportedDeployment, PULUMI_VERSION } from "./state/deployment-file";
import { FileBackend, StackNotFoundError, type StackSummary } from "./state/file-backend";
import { historyRecord, readHistory } from "./state/history";
import type { StackName } from "./state/stack-files";
import { breakLocks, lockStack } from "./state/stack-lock";
import { stackOutputs } from "./state/stack-outputs";

/** The engine of this folder, for one project. */
export class EmbeddedEngine implements Engine {
  readonly description = `embedded (file backend, agrees with Pulumi ${PULUMI_VERSION})`;
  private readonly backend: FileBackend;
  private readonly workspace: Workspace;
  private readonly secrets: SecretsBySalt;
  private readonly told = new Set<string>();
  private warm: Program | undefined;

  constructor(
    readonly project: ProjectFile,
    location: BackendLocation,
    private readonly environment: NodeJS.ProcessEnv = process.env,
    /** For what a reader of a state has to know besides; runs have their own. */
    private readonly notice = (line: string): void => void process.stderr.write(`${line}\n`),
  ) {
    this.backend = new FileBackend(location.folder);
    this.workspace = new Workspace(project, location.url, environment);
    this.secrets = new SecretsBySalt(environment);
  }

  warmUp(): void {
    this.warm ??= startProgram(projectInfo(this.project));
  }

  coolDown(): void {
    this.warm?.discard();
    this.warm = undefined;
  }

  up(stack: string, options: RunOptions): Promise<RunResult> {
    return this.run(stack, "update", options, runStack);
  }

  refresh(stack: string, options: RunOptions): Promise<RunResult> {
    return this.run(stack, "refresh", options, runStack);
  }

  destroy(stack: string, options: RunOptions): Promise<RunResult> {
    return this.run(stack, "destroy", options, runStack);
  }

  preview(stack: string, options: RunOptions, kind: RunKind = "update"): Promise<RunResult> {
    return this.run(stack, kind, options, previewStack);
  }

  bareName(typed: string): string {
    return this.name(typed).stack;
  }

  async selectedStack(): Promise<string | undefined> {
    const selected = this.environment.PULUMI_STACK || (await this.workspace.selected());
    if (selected) return parseStackName(selected, this.project.name).stack;
    return isOwnLocalStack(this.name(LOCAL_STACK)) ? LOCAL_STACK : undefined;
  }

  async selectStack(stack: string | undefined): Promise<void> {
    if (stack === undefined) return this.workspace.select(undefined);
    await this.existing(stack);
    await this.workspace.select(this.name(stack));
  }

  async createStack(stack: string): Promise<void> {
    const name = this.name(stack);
    await this.backend.check();
    await this.backend.refuseExisting(name);
    await (await this.store(name)).create();
  }

  async removeStack(stack: string, options: { force?: boolean; preserveConfig?: boolean }): Promise<void> {
    const store = await this.existing(stack);
    // A run that still writes would make the checkpoint again, without its configuration.
    await using _ = await lockStack(this.backend.files(store.name), this.notice);
    const { resources = [] } = (await store.state()).deployment;
    if (resources.length > 0 && !options.force) {
      throw new CommandError(
        `'${stack}' still has resources; removal rejected. Possible actions:\n` +
          `- Make sure that '${stack}' is the stack that you want to destroy\n` +
          "- Run `pulumi destroy` to delete the resources, then run `pulumi stack rm`\n" +
          "- Run `pulumi stack rm --force` to override this error",
      );
    }
    await this.backend.remove(store.name);
    if (!options.preserveConfig) await rm(store.file.file, { force: true });
    const selected = await this.workspace.selected();
    if (selected && this.bareName(selected) === store.name.stack) await this.workspace.select(undefined);
  }

  async stacks(): Promise<StackSummary[]> {
    await this.backend.check();
    const current = await this.selectedStack();
    const names = await this.backend.stackNames(this.project.name);
    return Promise.all(names.map((name) => this.summary(name, name === current)));
  }

  async history(stack: string, showSecrets: boolean): Promise<HistoryRecord[]> {
    const store = await this.existing(stack);
    const entries = await readHistory(this.backend.files(store.name));
    const nodes = entries.flatMap(({ config }) => Object.values(config) as ConfigNode[]);
    const decrypt = showSecrets ? await decrypting(store, nodes) : undefined;
    return entries.map((entry) => historyRecord(entry, decrypt));
  }

  async outputs(stack: string, showSecrets: boolean): Promise<PropertyMap> {
    return stackOutputs(await this.readState(await this.existing(stack)), showSecrets);
  }

  async exportStack(stack: string, showSecrets: boolean): Promise<ExportedDeployment> {
    const { exported } = await import("./state/export-import");
    return exported(await this.readState(await this.existing(stack)), showSecrets);
  }

  async importStack(stack: string, deployment: ExportedDeployment, force: boolean): Promise<{ warnings: string[] }> {
    const { imported } = await import("./state/export-import");
    return imported(await this.existing(stack), deployment, force);
  }

  async cancel(stack: string): Promise<void> {
    const { name } = await this.existing(stack);
    await breakLocks(this.backend.files(name));
  }

  async deleteState(
    stack: string,
    urn: string,
    options: { force?: boolean; targetDependents?: boolean },
  ): Promise<void> {
    const { deletedFromState } = await import("./state/delete-resource");
    await deletedFromState(await this.existing(stack), urn, options);
  }

  async config(stack: string, showSecrets: boolean): Promise<Record<string, ConfigEntry>> {
    return configEntries(await this.existing(stack), showSecrets);
  }

  async maskedConfig(stack: string): Promise<Record<string, string>> {
    return maskedConfig((await this.existing(stack)).file.entries());
  }

  async getConfig(stack: string, key: string, options: { path?: boolean }): Promise<ConfigEntry | undefined> {
    return configEntryOf(await this.existing(stack), this.key(key, options));
  }

  async setConfig(stack: string, key: string, value: string, options: ConfigSetOptions): Promise<void> {
    await setConfigEntry(await this.existing(stack), this.key(key, options), value, options.secret ?? false);
  }

  async removeConfig(stack: string, key: string, options: { path?: boolean }): Promise<void> {
    const store = await this.existing(stack);
    store.file.remove(this.key(key, options));
    await store.file.save();
  }

  private key(text: string, { path = false }: { path?: boolean }): ConfigKey {
    return parseConfigKey(text, this.project.name, path);
  }

  /** The bare name of what a user typed. */
  private name(text: string): StackName {
    return parseStackName(text, this.project.name);
  }

  private store(name: StackName): Promise<StackStore> {
    return StackStore.open(name, this.project, this.backend, this.secrets);
  }

  /** The stack by name; the own stack `local` is made when it is not there yet. */
  private async existing(stack: string): Promise<StackStore> {
    const name = this.name(stack);
    if (!(await this.backend.exists(name))) {
      await this.backend.check();
      if (!isOwnLocalStack(name)) throw new StackNotFoundError(stack);
      const store = await this.store(name);
      await store.create();
      return store;
    }
    return this.store(name);
  }

  /** Whoever is shown a state is told when it is not the last one; a command that reads it twice tells it once. */
  private async readState(store: StackStore): Promise<StackState> {
    const state = await store.state();
    if (state.damage && !this.told.has(state.damage)) this.notice(state.damage);
    if (state.damage) this.told.add(state.damage);
    return state;
  }

  /** The program starts first: it loads while the state is read and keys are derived. */
  private async run(
    stack: string,
    kind: RunKind,
    options: RunOptions,
    act: (store: StackStore, kind: RunKind, options: RunOptions, program?: Program) => Promise<RunResult>,
  ): Promise<RunResult> {
    if (kind === "update") this.warmUp();
    const program = kind === "update" ? this.warm : undefined;
    if (program) this.warm = undefined;
    try {
      const store = await this.existing(stack);
      store.deriveKey();
      return await act(store, kind, options, program);
    } catch (error) {
      program?.discard();
      throw error;
    }
  }

  private async summary(stack: string, current: boolean): Promise<StackSummary> {
    try {
      const { deployment } = await this.readState(await this.store(this.name(stack)));
      const { resources = [], manifest } = deployment;
      const lastUpdate = new Date(manifest.time).toISOString();
      return { name: stack, current, lastUpdate, resourceCount: resources.length };
    } catch {
      return { name: stack, current };
    }
  }
}
