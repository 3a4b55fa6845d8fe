import assert from "node:assert";
import type { Snapshot } from "../state";
import { GroupCommit } from "./group-commit";

/** A store whose writes end when the test says so. */
function slowStore() {
  const written: Snapshot[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const store = (snapshot: Snapshot) =>
    new Promise<void>((resolve, reject) => {
      written.push(snapshot);
      ends.push((error) => (error ? reject(error) : resolve()));
    });
  return { written, ends, store };
}

const snapshot = (): Snapshot => ({
  resources: [{ urn: "urn", custom: false, type: "t" }],
  pendingOperations: [],
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("group commit", () => {
  it("calls during a write are answered together by the next one, with the latest snapshot", async () => {
    const { written, ends, store } = slowStore();
    const writer = new GroupCommit(store);
    const [a, b, c] = [snapshot(), snapshot(), snapshot()];
    const first = writer.write(a);
    await turn();
    const answered: string[] = [];
    const second = writer.write(b).then(() => answered.push("b"));
    const third = writer.write(c).then(() => answered.push("c"));
    ends[0]?.();
    await first;
    await turn();
    assert.deepEqual(answered, []);
    ends[1]?.();
    await Promise.all([second, third]);
    assert.equal(written.length, 2);
    assert.equal(written[0], a);
    assert.equal(written[1], c);
  });

  it("what is on disk already is not written again", async () => {
    const written: Snapshot[] = [];
    const writer = new GroupCommit(async (each) => void written.push(each));
    const first = snapshot();
    await writer.write(first);
    await writer.write({ ...first, resources: [...first.resources] });
    assert.equal(written.length, 1);
    await writer.write(snapshot());
    assert.equal(written.length, 2);
  });

  it("a failed write rejects the calls it was for, and the next one tries again", async () => {
    const { ends, store } = slowStore();
    const writer = new GroupCommit(store);
    const first = writer.write(snapshot());
    await turn();
    ends[0]?.(new Error("no space left"));
    await assert.rejects(first, /no space left/);
    const second = writer.write(snapshot());
    await turn();
    ends[1]?.();
    await second;
  });
});
