import type { PropertyMap } from "./property-value";

/**
 * One entry of a state, in the fields and words of Pulumi's checkpoint (ResourceV3). In memory a secret is wrapped
 * with its plain value; only the file has ciphertext.
 *
 * Entries are never changed in place: a change is a new object. The writer relies on it to serialise each only once.
 */
export interface ResourceState {
  readonly urn: string;
  readonly custom: boolean;
  readonly type: string;
  /** The old half of a replacement, still to be deleted. */
  readonly delete?: boolean;
  /** Custom resources only. */
  readonly id?: string;
  readonly inputs?: PropertyMap;
  readonly outputs?: PropertyMap;
  readonly parent?: string;
  readonly protect?: boolean;
  readonly external?: boolean;
  readonly dependencies?: readonly string[];
  readonly initErrors?: readonly string[];
  /** `<provider urn>::<id>`. */
  readonly provider?: string;
  readonly propertyDependencies?: Readonly<Record<string, readonly string[]>>;
  readonly pendingReplacement?: boolean;
  readonly additionalSecretOutputs?: readonly string[];
  /** Seconds. */
  readonly customTimeouts?: { readonly create?: number; readonly update?: number; readonly delete?: number };
  readonly retainOnDelete?: boolean;
  readonly deletedWith?: string;
  /** RFC 3339 with nanoseconds, UTC. */
  readonly created?: string;
  readonly modified?: string;
  readonly sourcePosition?: string;
  readonly ignoreChanges?: readonly string[];
  readonly hideDiff?: readonly string[];
  readonly replaceOnChanges?: readonly string[];
  /** Fields that this engine does not use, kept as they were read. */
  readonly [other: string]: unknown;
}

export type OperationType = "creating" | "updating" | "deleting" | "reading" | "importing";

/** An effect that was begun: written before it, removed after it. What a killed run leaves. */
export interface PendingOperation {
  readonly resource: ResourceState;
  readonly type: OperationType;
}

export interface Snapshot {
  readonly resources: readonly ResourceState[];
  readonly pendingOperations: readonly PendingOperation[];
}

/** Where a running deployment records what it has done. */
export interface SnapshotWriter {
  /**
   * Resolves when this snapshot, or a later one, is on disk (file and folder synced, renamed into place). Calls that
   * come while a write runs are answered together by the next one. Rejects when it cannot be written (full disk):
   * the file then is as it was, and the deployment must start nothing new.
   */
  write(snapshot: Snapshot): Promise<void>;
}
