import type { ColorChoice } from "../terminal/palette";
import type { EngineEvent, Operation } from "./events";
import type { PropertyMap } from "./property-value";
import type { ConfigEntry } from "./stack-file/config-values";
import type { StartedAhead } from "./started-ahead";
import type { ExportedDeployment } from "./state/deployment-file";
import type { StackSummary } from "./state/file-backend";
import type { HistoryEntry } from "./state/history";

/** What a run does; a preview of each changes nothing. */
export type RunKind = "update" | "refresh" | "destroy";

/** Limits an update to some resources; providers, components and the stack always take part. */
export interface Only {
  /** Asked of every resource; all below one that it owns it owns with it. */
  owns(urn: string): boolean;
  /**
   * What to say of a change of any other, which ends the update before it is made. Left out, such changes are left for a
   * later update. Deletes are left in both cases.
   */
  refusal?(op: Operation, urn: string): string;
}

export interface RunOptions {
  /** Kept in the history. Default none. */
  message?: string;
  /** URNs or patterns; default everything. */
  targets?: string[];
  /** Targets stand for what depends on them, too. */
  targetDependents?: boolean;
  /** `up` only, of the embedded engine. Default: everything. */
  only?: Only;
  continueOnError?: boolean;
  /** Steps at once; default 4 for each CPU. */
  parallel?: number;
  /** `up` only: reads every resource first. */
  refresh?: boolean;
  /** `refresh` only: forgets creates that a killed run left pending. */
  clearPendingCreates?: boolean;
  /** Of the embedded engine. Default: none. */
  ahead?: StartedAhead;
  /** Flags the user gave, for the history. */
  flags?: Record<string, string>;
  /** How Pulumi's own CLI prints the run. */
  printing?: {
    diff?: boolean;
    debug?: boolean;
    suppressOutputs?: boolean;
    suppressProgress?: boolean;
    color?: ColorChoice;
  };
  /** Aborted: nothing new starts, running steps finish. */
  signal?: AbortSignal;
  /** Aborted: running steps are told to end, and soon not waited for. */
  terminate?: AbortSignal;
  /** Steps and diagnostics as they happen. */
  onEvent?(event: EngineEvent): void;
  /** Text of Pulumi's own CLI as it comes. */
  onOutput?(text: string): void;
  /** What is worth a line but belongs to no resource: a lock taken over, an older state used. */
  onNotice?(line: string): void;
}

export interface RunResult {
  result: "succeeded" | "failed";
  canceled: boolean;
  changes: Partial<Record<Operation, number>>;
  /** Secrets are wrapped. Undefined when the stack has none, or is gone. */
  outputs?: PropertyMap;
  durationSeconds: number;
  /** An error that no event told. */
  failure?: string;
}

/** One finished run, as `stack history --json` shows it. */
export interface HistoryRecord extends Omit<HistoryEntry, "startTime" | "endTime" | "config"> {
  /** ISO 8601. */
  startTime: string;
  endTime: string;
  config: Record<string, ConfigEntry>;
}

export interface ConfigSetOptions {
  secret?: boolean;
  /** The key is a path into a value; booleans and integers are guessed. */
  path?: boolean;
}

/**
 * What drives a Pulumi program: Pulumi's own CLI through its Automation API, or the engine in this folder. Both use
 * the same program, configuration files and state files, so that one can carry on where the other stopped.
 *
 * A stack is named by its bare name. Methods reject with `StackNotFoundError` when there is none of that name.
 */
export interface Engine {
  /** For the first line of output: `embedded (…)`, `Pulumi CLI v3.260.0`. */
  readonly description: string;
  /** Its runs print themselves through `onOutput`, and tell of steps and diagnostics alone. */
  readonly showsItself?: boolean;

  /** Starts what an update or its preview needs, while its options are not known yet; the next one takes it over. */
  warmUp?(): void;
  /** Ends what was started for nothing. */
  coolDown?(): void;

  up(stack: string, options: RunOptions): Promise<RunResult>;
  refresh(stack: string, options: RunOptions): Promise<RunResult>;
  destroy(stack: string, options: RunOptions): Promise<RunResult>;
  /** What the run would do. Changes nothing, takes no lock. */
  preview(stack: string, options: RunOptions, kind?: RunKind): Promise<RunResult>;

  /** Of a name as it was typed, with organization and project or without. Throws where they are not those in use. */
  bareName(typed: string): string;
  /** The stack in use: `PULUMI_STACK`, else the selected one; `undefined` when there is none. */
  selectedStack(): Promise<string | undefined>;
  selectStack(stack: string | undefined): Promise<void>;
  createStack(stack: string): Promise<void>;
  /** Refuses while the stack has resources, unless `force`. */
  removeStack(stack: string, options: { force?: boolean; preserveConfig?: boolean }): Promise<void>;
  stacks(): Promise<StackSummary[]>;
  /** Newest first; secrets of the configuration decrypted or without a value. */
  history(stack: string, showSecrets: boolean): Promise<HistoryRecord[]>;
  /** Secrets are wrapped; with `showSecrets` false their values are not decrypted and stand as `[secret]`. */
  outputs(stack: string, showSecrets: boolean): Promise<PropertyMap>;
  exportStack(stack: string, showSecrets: boolean): Promise<ExportedDeployment>;
  importStack(stack: string, deployment: ExportedDeployment, force: boolean): Promise<{ warnings: string[] }>;
  /** Releases a lock, whoever holds it. */
  cancel(stack: string): Promise<void>;
  /** Forgets a resource without touching it. Refuses when something depends on it, or it is protected. */
  deleteState(stack: string, urn: string, options: { force?: boolean; targetDependents?: boolean }): Promise<void>;

  /** Secrets without a value unless shown. */
  config(stack: string, showSecrets: boolean): Promise<Record<string, ConfigEntry>>;
  /** `namespace:name` to text with `[secret]` in place of each secret, also inside objects. */
  maskedConfig(stack: string): Promise<Record<string, string>>;
  /** Decrypted; `undefined` when there is no such key. */
  getConfig(stack: string, key: string, options: { path?: boolean }): Promise<ConfigEntry | undefined>;
  setConfig(stack: string, key: string, value: string, options: ConfigSetOptions): Promise<void>;
  removeConfig(stack: string, key: string, options: { path?: boolean }): Promise<void>;
}
