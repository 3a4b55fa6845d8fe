import assert from "node:assert/strict";
import { whenUnlocked } from "./apt-lock";
import { Progress } from "./progress";
import { CommandError } from "./run-logged";
import { SetupError } from "./setup-error";

const LISTS =
  "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 812 (apt-get)\n" +
  "E: Unable to lock directory /var/lib/apt/lists/\n";
const DPKG = "dpkg: error: dpkg frontend lock was locked by another process with pid 813\n";
const OLDER = "E: Could not get lock /var/lib/apt/lists/lock - open (11: Resource temporarily unavailable)\n";

describe("a command of apt that finds a lock taken", () => {
  let lines: string[];
  const progress = new Progress((text) => lines.push(text));
  beforeEach(() => {
    lines = [];
  });

  /** Fails with these outputs, one a run, then succeeds. */
  function command(outputs: string[]): () => Promise<void> {
    return async () => {
      const output = outputs.shift();
      if (output !== undefined) throw new CommandError("apt-get failed (exit code 100)", output, "apt.log");
    };
  }

  it("is run again until the lock is free, and says once who holds it", async () => {
    const outputs = [LISTS, LISTS, LISTS];
    await whenUnlocked(command(outputs), progress, 60, 1);
    assert.deepEqual(outputs, []);
    assert.deepEqual(lines, ["slipway: apt is locked by process 812 (apt-get); waiting, at most 60 s\n"]);
  });

  it("knows what dpkg says, too, and an apt that does not say who it is", async () => {
    await whenUnlocked(command([DPKG]), progress, 60, 1);
    await whenUnlocked(command([OLDER]), progress, 60, 1);
    assert.deepEqual(lines, [
      "slipway: apt is locked by process with pid 813; waiting, at most 60 s\n",
      "slipway: apt is locked by another process; waiting, at most 60 s\n",
    ]);
  });

  it("is given up in time, and says what to do", async () => {
    await assert.rejects(whenUnlocked(command([LISTS]), progress, 0, 1), (error: SetupError) => {
      assert.ok(error instanceof SetupError);
      assert.match(error.message, /^apt is still locked by process 812 \(apt-get\) after 0 s\nhint: wait until it has/);
      return true;
    });
  });

  it("fails at once for any other reason", async () => {
    await assert.rejects(whenUnlocked(command(["E: Unable to locate package\n"]), progress, 60, 1), CommandError);
    assert.deepEqual(lines, []);
  });
});
