import type { Snapshot, SnapshotWriter } from "../state";

/**
 * Writes snapshots one after the other; calls that come while a write runs are answered together by the next one,
 * which writes the latest snapshot only. What is on disk already is not written again, so that the generation before
 * stays a different one. A failed write rejects the calls it was for; the next call tries again.
 */
export class GroupCommit implements SnapshotWriter {
  private latest?: Snapshot;
  private running: Promise<unknown> = Promise.resolve();
  private next?: Promise<void>;
  private written?: Snapshot;

  constructor(private readonly store: (snapshot: Snapshot) => Promise<void>) {}

  write(snapshot: Snapshot): Promise<void> {
    this.latest = snapshot;
    this.next ??= this.running.then(() => {
      this.next = undefined;
      const writing = this.put(this.latest as Snapshot);
      this.running = writing.catch(() => undefined);
      return writing;
    });
    return this.next;
  }

  private async put(snapshot: Snapshot): Promise<void> {
    if (this.written && isSame(this.written, snapshot)) return;
    await this.store(snapshot);
    this.written = snapshot;
  }
}

/** Entries are never changed in place, so that identity tells. */
function isSame(a: Snapshot, b: Snapshot): boolean {
  return haveSame(a.resources, b.resources) && haveSame(a.pendingOperations, b.pendingOperations);
}

function haveSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((entry, index) => entry === b[index]);
}
