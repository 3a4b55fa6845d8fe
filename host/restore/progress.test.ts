import { strict as assert } from "node:assert";
import type { Log } from "../log";
import { progressText, withProgress } from "./progress";

const MB = 1e6;

describe("progress of a restore", () => {
  /** What is told of a file of 100 MB that comes in pieces of 10 MB, one every `stepMs`. */
  async function told(isTerminal: boolean, stepMs: number): Promise<string[]> {
    const lines: string[] = [];
    const log = {
      info: (line: string) => void lines.push(line),
      passing: (line: string) => isTerminal && lines.push(line) > 0,
    } as unknown as Log;
    async function* pieces() {
      for (let piece = 0; piece < 10; piece++) yield Buffer.alloc(10 * MB);
    }
    let clock = 0;
    let bytes = 0;
    const told = withProgress(pieces(), { log, what: "shop: restoring", total: 100 * MB }, () => clock);
    for await (const piece of told) {
      bytes += piece.length;
      clock += stepMs;
    }
    assert.equal(bytes, 100 * MB);
    return lines;
  }

  it("SC-09 is a line that is redrawn on a terminal: bytes, of how many, and the time that is left", async () => {
    const lines = await told(true, 500);
    assert.equal(lines.length, 10);
    assert.equal(lines[0], "shop: restoring: 10 MB of 100 MB (10 %)");
    assert.equal(lines[3], "shop: restoring: 40 MB of 100 MB (40 %), 3 s left");
    assert.equal(lines[9], "shop: restoring: 100 MB of 100 MB (100 %)");
  });

  it("SC-09 is a line of the log now and then elsewhere, and none of a quick restore", async () => {
    assert.deepEqual(await told(false, 100), []);
    assert.deepEqual(await told(false, 3_000), [
      "shop: restoring: 10 MB of 100 MB (10 %), 27 s left",
      "shop: restoring: 50 MB of 100 MB (50 %), 15 s left",
      "shop: restoring: 90 MB of 100 MB (90 %), 3 s left",
    ]);
  });

  it("tells minutes of a long one", () => {
    assert.equal(
      progressText("x", { done: 1e9, total: 4e9, elapsedMs: 60_000 }),
      "x: 1.0 GB of 4.0 GB (25 %), 3 min left",
    );
  });
});
