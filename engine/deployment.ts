import { DeploymentRun } from "./deployment-run";
import type { EngineEvent, Operation } from "./events";
import type { Only } from "./index";
import type { Program } from "./program/program";
import type { PropertyMap } from "./property-value";
import type { PackageRegistry } from "./providers";
import type { Snapshot, SnapshotWriter } from "./state";

export interface DeploymentOptions {
  /** `preview` is of an update; `refresh` and `destroy` are previewed by leaving `writer` out. */
  kind: "update" | "preview" | "refresh" | "destroy";
  project: ProjectInfo;
  stack: string;
  organization: "organization";
  /** `namespace:name` to plain value, secrets decrypted; objects and lists as JSON text. */
  config: Record<string, string>;
  /** Keys of `config` that are, or hold, a secret. */
  configSecretKeys: string[];
  /** What is known to exist. */
  base: Snapshot;
  /** Where progress is recorded. Absent: nothing is changed, the deployment is a preview. */
  writer?: SnapshotWriter;
  packages: PackageRegistry;
  /** How many steps run at once, at least 1. Pulumi's default is 4 for each CPU. */
  parallel: number;
  /** URNs or patterns (`*` within one part, `**` for anything); empty: everything. */
  targets: string[];
  /** Targets stand for what depends on them, too. */
  targetDependents: boolean;
  /** Whose changes an update may make. Default: everybody's. */
  only?: Only;
  /** A failure stops only what depends on it. */
  continueOnError: boolean;
  /** `up --refresh`: reads every resource first. */
  refreshFirst: boolean;
  /** Forgets creates that a killed run left pending: a refresh at once, an update when it has succeeded. */
  clearPendingCreates: boolean;
  /** The program, started earlier by `startProgram`; needed for `update` and `preview`, absent otherwise. */
  program?: Program;
  emit(event: EngineEvent): void;
  /** Aborted at the first Ctrl-C: nothing new starts, running steps finish. */
  signal: AbortSignal;
  /** Aborted at the second one: running provider calls are told to end, and soon not waited for. Default: never. */
  terminate?: AbortSignal;
}

export interface ProjectInfo {
  name: string;
  /** Folder of `Pulumi.yaml`, absolute. */
  root: string;
  /** As in `Pulumi.yaml`: a folder or a file, relative to `root` or absolute. */
  main?: string;
  /** `runtime.options` of `Pulumi.yaml`. */
  runtimeOptions: Record<string, unknown>;
}

export interface DeploymentResult {
  result: "succeeded" | "failed";
  /** Ended by `signal`; `result` then is "failed". */
  canceled: boolean;
  /** Logical steps by operation, as the summary counts them. */
  changes: Partial<Record<Operation, number>>;
  /** The state afterwards; of a preview the base. */
  snapshot: Snapshot;
  /** Plain outputs of the stack, secrets wrapped; of a preview with unknowns. Undefined when the stack is gone. */
  outputs: PropertyMap | undefined;
  /** Errors that have no resource and were not yet emitted as a diagnostic: to be printed last. */
  failure?: string;
  durationSeconds: number;
}

/**
 * Runs one deployment to its end and emits its events, `summary` and `cancel` last (`prelude` is the caller's, who knows
 * how to show the configuration). Rejects only when the state could not be written; whatever else fails is a result.
 */
export async function runDeployment(options: DeploymentOptions): Promise<DeploymentResult> {
  return new DeploymentRun(options).run();
}
