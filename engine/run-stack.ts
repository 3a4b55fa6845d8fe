import { availableParallelism } from "node:os";
import type { DeploymentResult, ProjectInfo } from "./deployment";
import type { EngineEvent } from "./events";
import { CommandError } from "./exit-code";
import type { RunKind, RunOptions, RunResult } from "./index";
import type { Program } from "./program/launch";
import { withoutSecretTexts } from "./secret-filter";
import { maskedConfig, type ProgramConfig, programConfig } from "./stack-file/config-values";
import type { ProjectFile } from "./stack-file/project-file";
import type { StackState } from "./stack-state";
import type { StackStore } from "./stack-store";
import type { Snapshot, SnapshotWriter } from "./state";
import { StackNotFoundError } from "./state/file-backend";
import { type HistoryEntry, recordRun } from "./state/history";
import { lockStack } from "./state/stack-lock";

/** Steps at once for each CPU, unless `--parallel` says otherwise. */
const STEPS_PER_CPU = 4;

export function projectInfo({ name, root, main, runtimeOptions }: ProjectFile): ProjectInfo {
  return { name, root, main, runtimeOptions };
}

/** Previews a run: no lock, nothing written. */
export async function previewStack(
  store: StackStore,
  kind: RunKind,
  options: RunOptions,
  program: Program | undefined,
): Promise<RunResult> {
  const state = await store.state();
  if (state.damage) options.onNotice?.(state.damage);
  const [base, config] = await Promise.all([state.snapshot(), configOf(store, state)]);
  return resultOf(await deploy(store, kind, options, { base, config, program, preview: true }));
}

/**
 * Runs one deployment under the stack's lock, records its progress, and adds it to the history. A run that could not
 * write its state leaves the one before in place and rejects.
 */
export async function runStack(
  store: StackStore,
  kind: RunKind,
  options: RunOptions,
  program: Program | undefined,
): Promise<RunResult> {
  try {
    if (!(await store.backend.exists(store.name))) throw new StackNotFoundError(store.name.stack);
    const lock = await lockStack(store.backend.files(store.name), (line) => options.onNotice?.(line));
    try {
      return await runLocked(store, kind, options, program);
    } finally {
      await lock.release().catch((error: Error) => options.onNotice?.(`error: ${error.message}`));
    }
  } catch (error) {
    throw isFullDisk(error) ? stateNotWritten(store, error as Error) : error;
  }
}

async function runLocked(
  store: StackStore,
  kind: RunKind,
  options: RunOptions,
  program: Program | undefined,
): Promise<RunResult> {
  const startTime = unixSeconds();
  await store.backend.sweep(store.name);
  const state = await store.state();
  if (state.damage) options.onNotice?.(state.damage);
  const [base, config, writer] = await Promise.all([state.snapshot(), configOf(store, state), state.writer()]);
  // Also where the run will change nothing: until it is written, every command finds the damage again.
  if (state.damage) await writer.write(base);
  const deployed = await deploy(store, kind, options, { base, config, program, writer });
  const entry: HistoryEntry = {
    kind,
    startTime,
    message: options.message ?? "",
    environment: { ...RUN_ENVIRONMENT, ...options.flags },
    config: Object.fromEntries(store.file.entries()),
    version: 0,
    result: deployed.result,
    endTime: unixSeconds(),
    resourceChanges: deployed.changes as Record<string, number>,
  };
  await recordRun(store.backend.files(store.name), entry).catch((error: Error) => {
    options.onNotice?.(`warning: the run is done and its state written, but not its history: ${error.message}`);
  });
  return resultOf(deployed);
}

interface Deployed {
  base: Snapshot;
  config: RunConfig;
  program: Program | undefined;
  writer?: SnapshotWriter;
  preview?: boolean;
}

async function deploy(store: StackStore, kind: RunKind, options: RunOptions, run: Deployed): Promise<DeploymentResult> {
  const [{ runDeployment }, { providers }] = await Promise.all([import("./deployment"), import("./providers/index")]);
  const shown = withoutSecretTexts(run.config.secretTexts);
  const emit = (event: EngineEvent) =>
    options.onEvent?.(event.kind === "diagnostic" ? { ...event, message: shown(event.message) } : event);
  emit({ kind: "prelude", config: maskedConfig(store.file.entries()) });
  const deployed = await runDeployment({
    kind: run.preview && kind === "update" ? "preview" : kind,
    project: projectInfo(store.project),
    stack: store.name.stack,
    organization: "organization",
    config: run.config.values,
    configSecretKeys: run.config.secretKeys,
    base: run.base,
    writer: run.writer,
    packages: providers(options.ahead),
    parallel: options.parallel ?? STEPS_PER_CPU * availableParallelism(),
    targets: options.targets ?? [],
    targetDependents: options.targetDependents ?? false,
    ...(options.only && { only: options.only }),
    continueOnError: options.continueOnError ?? false,
    refreshFirst: options.refresh ?? false,
    clearPendingCreates: options.clearPendingCreates ?? false,
    program: run.program,
    emit: (event) => event.kind !== "prelude" && emit(event),
    signal: options.signal ?? new AbortController().signal,
    terminate: options.terminate,
  });
  return deployed.failure === undefined ? deployed : { ...deployed, failure: shown(deployed.failure) };
}

interface RunConfig extends ProgramConfig {
  /** Every decrypted secret, so that no message shows one. */
  secretTexts: string[];
}

async function configOf(store: StackStore, state: StackState): Promise<RunConfig> {
  const entries = store.file.entries();
  const { hasSecure } = await import("./stack-file/config-values");
  if (![...entries.values()].some(hasSecure)) return { ...programConfig(entries, () => ""), secretTexts: [] };
  try {
    const cipher = await (await store.secrets(state.salt)).cipher();
    const secretTexts: string[] = [];
    const config = programConfig(entries, (ciphertext) => {
      const text = cipher.decrypt(ciphertext);
      secretTexts.push(text);
      return text;
    });
    return { ...config, secretTexts };
  } catch (cause) {
    throw new CommandError(`getting stack configuration: get stack secrets manager: ${(cause as Error).message}`, 1, {
      cause,
    });
  }
}

function resultOf({ result, canceled, changes, outputs, durationSeconds, failure }: DeploymentResult): RunResult {
  return { result, canceled, changes, outputs, durationSeconds, failure };
}

const RUN_ENVIRONMENT: Record<string, string> = {
  "exec.kind": "cli",
  "pulumi.arch": process.arch === "x64" ? "amd64" : process.arch,
  "pulumi.os": process.platform,
  "pulumi.version": "v3.260.0",
  "runtime.name": "nodejs",
  "runtime.version": process.version,
  "stack.environments": "[]",
  updatePlan: "false",
};

function isFullDisk(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT", "EROFS", "EIO"].includes((error as NodeJS.ErrnoException)?.code ?? "");
}

function stateNotWritten(store: StackStore, cause: Error): CommandError {
  return new CommandError(
    `the state of stack '${store.name.stack}' could not be written: ${cause.message}\n` +
      `hint: ${store.backend.files(store.name).checkpoint} is as it was before that write, nothing new was started; make room there, then run the same command again`,
    1,
    { cause },
  );
}

function unixSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
