/**
 * What the engine asks of a provider, in Pulumi's words. A provider is a plain object in this process.
 *
 * Values are JSON values as in `property-value.ts`. Inputs reach a provider without secret wrappers: the engine
 * strips them before the call and marks the outputs again afterwards (every output key whose input was secret, and
 * `additionalSecretOutputs`). A provider may wrap further outputs with `secret()` itself. In a preview an input may
 * be, or contain, the unknown sentinel; in an update never.
 */

import type { PropertyMap } from "./property-value";

export interface CheckRequest {
  urn: string;
  type: string;
  /** Name of the resource, the last part of the URN; what autonaming starts from. */
  name: string;
  /** Checked inputs of the last run; empty for a new resource and for the second check of a replacement. */
  oldInputs: PropertyMap;
  newInputs: PropertyMap;
  /** 32 bytes: random names drawn from it are the same in the check of a preview and of its retry. */
  randomSeed: Buffer;
}

export interface CheckResult {
  inputs: PropertyMap;
  /** Each names the property (a path, or "" for the whole) and says what is wrong and what is allowed. */
  failures?: { property: string; reason: string }[];
}

export interface DiffRequest {
  urn: string;
  type: string;
  id: string;
  oldInputs: PropertyMap;
  oldOutputs: PropertyMap;
  newInputs: PropertyMap;
  ignoreChanges: string[];
}

export type DiffKind = "add" | "add-replace" | "delete" | "delete-replace" | "update" | "update-replace";

export interface DiffResult {
  changes: "none" | "some" | "unknown";
  /** Top-level keys (or paths) whose change needs a replacement. */
  replaces?: string[];
  /** Top-level keys that changed. */
  diffs?: string[];
  deleteBeforeReplace?: boolean;
  /** Path (`ports[0].external`) to kind; `inputDiff` when old and new inputs were compared, not the old outputs. */
  detailedDiff?: Record<string, { kind: DiffKind; inputDiff: boolean }>;
}

export interface CreateRequest {
  urn: string;
  type: string;
  name: string;
  inputs: PropertyMap;
  timeoutSeconds?: number;
  /** Aborted on a second Ctrl-C and when the timeout is over. */
  signal: AbortSignal;
  /** A line of progress or output, shown under the resource. */
  log(severity: "info" | "warning" | "error", message: string): void;
}

export interface UpdateRequest extends CreateRequest {
  id: string;
  oldInputs: PropertyMap;
  oldOutputs: PropertyMap;
  ignoreChanges: string[];
}

export interface DeleteRequest extends Omit<CreateRequest, "inputs"> {
  id: string;
  oldInputs: PropertyMap;
  oldOutputs: PropertyMap;
}

export interface ReadRequest {
  urn: string;
  type: string;
  id: string;
  /** Of the state; for `Resource.get()` the given properties. */
  inputs: PropertyMap;
  outputs: PropertyMap;
  signal: AbortSignal;
}

export type FindRequest = Pick<CreateRequest, "urn" | "type" | "inputs" | "signal">;

/** `undefined` from `read` means that the resource is gone. */
export interface ReadResult {
  id: string;
  inputs: PropertyMap;
  outputs: PropertyMap;
}

export interface InvokeRequest {
  token: string;
  args: PropertyMap;
  signal: AbortSignal;
  log(severity: "info" | "warning" | "error", message: string): void;
}

/** One configured instance (an explicit `docker.Provider`, or the default one of a package). */
export interface Provider {
  check(request: CheckRequest): Promise<CheckResult>;
  diff(request: DiffRequest): Promise<DiffResult>;
  create(request: CreateRequest): Promise<{ id: string; outputs: PropertyMap }>;
  read(request: ReadRequest): Promise<ReadResult | undefined>;
  update(request: UpdateRequest): Promise<{ outputs: PropertyMap }>;
  delete(request: DeleteRequest): Promise<void>;
  invoke(request: InvokeRequest): Promise<PropertyMap>;
  /**
   * Id of what a create with these inputs made before it was interrupted, where it has a name of its own by which it
   * is told and is surely this resource's. Default: undefined, a create that was interrupted left nothing.
   */
  find?(request: FindRequest): Promise<string | undefined>;
  /** Outputs of a create in a preview: what is known beforehand; the rest is unknown. Default: the inputs. */
  previewCreate?(request: Pick<CreateRequest, "urn" | "type" | "name" | "inputs">): PropertyMap;
  /** The same of an update in place. Default: the old outputs overlaid with the new inputs. */
  previewUpdate?(
    request: Pick<UpdateRequest, "urn" | "type" | "id" | "inputs" | "oldInputs" | "oldOutputs">,
  ): PropertyMap;
  /** Closes connections. */
  close(): Promise<void>;
}

/** One package: `docker`, `command`, `random`. Loaded lazily, when the first resource of it is registered. */
export interface ProviderPackage {
  /** Checks the inputs of a provider resource (`pulumi:providers:<pkg>`). */
  checkConfig(inputs: PropertyMap): CheckResult;
  /** Whether another configuration means another provider. Default: "none" or "some" without replacement. */
  diffConfig?(oldInputs: PropertyMap, newInputs: PropertyMap): DiffResult;
  /**
   * Opens nothing yet: a connection is made at the first call that needs one. `directory` is where local commands run
   * and relative paths start: the program's, by default that of this process.
   */
  configure(inputs: PropertyMap, directory?: string): Provider;
  /** Loads what its first call would load. Default: nothing. */
  preload?(): Promise<unknown>;
}

/** The resource exists but is not as asked: it is kept in the state with these reasons, and mended by the next run. */
export class ResourceInitError extends Error {
  constructor(
    readonly id: string,
    readonly outputs: PropertyMap,
    readonly reasons: string[],
  ) {
    super(reasons.join("; "));
    this.name = "ResourceInitError";
  }
}
