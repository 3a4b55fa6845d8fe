import { references, withRenamedReferences } from "./references";
import type { OperationType, PendingOperation, ResourceState, Snapshot, SnapshotWriter } from "./state";
import type { Urn } from "./urn";

/** One place in the state. Its content is replaced, never changed. */
export interface Row {
  state: ResourceState;
}

/**
 * The state while it changes: rows finished in this run in the order they were finished, then those of the base not yet
 * dealt with, in their order. As a row is finished only after what it depends on, every reference points backwards.
 */
export class Journal {
  readonly base: readonly Row[];
  private readonly ofBase: ReadonlyMap<Urn, Row>;
  private readonly finished = new Set<Row>();
  /** Of finished rows. */
  private readonly names = new Set<Urn>();
  private readonly removed = new Set<Row>();
  private readonly pending = new Set<PendingOperation>();
  private isChanged = false;
  private lastWrite: Promise<void> = Promise.resolve();

  constructor(
    base: Snapshot,
    private readonly writer: SnapshotWriter | undefined,
  ) {
    this.base = base.resources.map((state) => ({ state }));
    this.ofBase = new Map(this.base.filter(({ state }) => !state.delete).map((row) => [row.state.urn, row]));
    // A create that a killed run left may have made something: it stays until someone says that it did not.
    for (const operation of base.pendingOperations) if (operation.type === "creating") this.pending.add(operation);
  }

  snapshot(): Snapshot {
    const resources = Array.from(this.finished, (row) => row.state);
    for (const row of this.base) {
      if (!this.finished.has(row) && !this.removed.has(row)) resources.push(row.state);
    }
    return { resources, pendingOperations: [...this.pending] };
  }

  /** Resolves when the intent is on disk; the operation stays pending until `end`. */
  async begin(type: OperationType, resource: ResourceState): Promise<PendingOperation> {
    const operation = { type, resource };
    this.pending.add(operation);
    this.isChanged = true;
    await this.save();
    return operation;
  }

  /** One of an earlier run, that could not be settled: it stays pending. */
  keep(operation: PendingOperation): void {
    this.pending.add(operation);
  }

  /** Forgets a pending operation; the next `save` writes that. */
  end(operation: PendingOperation): void {
    this.pending.delete(operation);
    this.isChanged = true;
  }

  finish(row: Row, state: ResourceState): void {
    if (row.state === state) this.keepNeeded(state);
    const before = row.state.urn;
    this.amend(row, state);
    this.finished.add(row);
    this.names.add(state.urn);
    this.rename(before, state.urn);
  }

  /** A row that is left as it is may need one that nobody registers any more: that goes before it. */
  private keepNeeded(state: ResourceState): void {
    for (const { urn } of references(state)) {
      const row = this.names.has(urn) ? undefined : this.ofBase.get(urn);
      if (row && !this.removed.has(row)) this.finish(row, row.state);
    }
  }

  /** Changes a row without moving it to the finished ones. */
  amend(row: Row, state: ResourceState): void {
    if (row.state !== state) this.isChanged = true;
    row.state = state;
  }

  /** An alias became the resource's own URN: what mentions the old one follows. */
  rename(from: Urn, to: Urn): void {
    if (from === to) return;
    for (const row of [...this.base, ...this.finished]) row.state = withRenamedReferences(row.state, from, to);
  }

  /** Names that somebody has, old halves of replacements left aside. */
  liveNames(): Set<Urn> {
    return new Set(this.snapshot().resources.flatMap(({ urn, delete: isOld }) => (isOld ? [] : [urn])));
  }

  isRemoved(row: Row): boolean {
    return this.removed.has(row);
  }

  remove(row: Row): void {
    this.finished.delete(row);
    this.removed.add(row);
    this.isChanged = true;
  }

  clearPendingCreates(): void {
    for (const operation of this.pending) if (operation.type === "creating") this.end(operation);
  }

  /** Resolves when all changes so far are on disk; without changes nothing is written. */
  save(): Promise<void> {
    if (this.isChanged && this.writer) {
      this.isChanged = false;
      this.lastWrite = this.writer.write(this.snapshot());
    }
    return this.lastWrite;
  }
}
