import type { ResourceState } from "../state";

const FIRST_BYTES = 64 * 1024;

/**
 * The bytes of a list of resources, separated by commas. A state mostly begins with what it began with when it was
 * last written, in the same order: those bytes are kept, and only what follows is put together again.
 */
export class EncodedResources {
  private bytes = Buffer.allocUnsafe(FIRST_BYTES);
  private readonly entries: { resource: ResourceState; end: number }[] = [];

  /** `encode`: of one resource, whose object is never changed in place. */
  constructor(private readonly encode: (resource: ResourceState) => string) {}

  /** Valid until the next call. */
  of(resources: readonly ResourceState[]): Buffer {
    const { entries } = this;
    const differs = entries.findIndex(({ resource }, index) => resource !== resources[index]);
    if (differs >= 0) entries.length = differs;
    for (const resource of resources.slice(entries.length)) {
      const start = entries.at(-1)?.end ?? 0;
      const end = this.put(`${start > 0 ? "," : ""}${this.encode(resource)}`, start);
      entries.push({ resource, end });
    }
    return this.bytes.subarray(0, entries.at(-1)?.end ?? 0);
  }

  private put(text: string, start: number): number {
    const end = start + Buffer.byteLength(text);
    if (end > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(end, this.bytes.length * 2));
      this.bytes.copy(larger, 0, 0, start);
      this.bytes = larger;
    }
    this.bytes.write(text, start);
    return end;
  }
}
