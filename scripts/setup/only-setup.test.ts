import assert from "node:assert/strict";
import { withLock } from "../../host/lock";
import { onlySetup } from "./only-setup";
import { Progress } from "./progress";

describe("two setups at a time", () => {
  const lock = `test-setup-${process.pid}-${Date.now()}`;
  let lines: string[];
  const progress = new Progress((text) => lines.push(text));
  beforeEach(() => {
    lines = [];
  });

  it("come one after the other, and the second says whom it waits for", async () => {
    const order: string[] = [];
    let second: Promise<number> | undefined;
    await withLock(lock, "setup", 0, async () => {
      second = onlySetup(lock, progress, async () => order.push("second"));
      while (lines.length === 0) await new Promise((done) => setImmediate(done));
      order.push("first");
    });
    await second;
    assert.deepEqual(order, ["first", "second"]);
    assert.match(
      lines.join(""),
      new RegExp(
        `^slipway: another setup \\(process ${process.pid}, since 20\\S+\\) is at work; waiting, .*1800 s\\n$`,
      ),
    );
  });

  it("are told of nothing where there is only one, whose error is its own", async () => {
    assert.equal(await onlySetup(lock, progress, async () => "done"), "done");
    const failing = onlySetup(lock, progress, () => Promise.reject(new Error("broken")));
    await assert.rejects(failing, /^Error: broken$/);
    assert.deepEqual(lines, []);
  });
});
