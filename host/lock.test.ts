import { strict as assert } from "node:assert";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { LockedError, withLock } from "./lock";

/** A process that takes the lock, says so, and keeps it until it is ended. */
async function holder(name: string): Promise<ChildProcess> {
  const script = `require("./host/lock").withLock(process.argv[1], "rollout shop aaaa", 0, () => {
    console.log("held"); return new Promise((done) => setTimeout(done, 30000)); })`;
  const child = spawn(process.execPath, ["-r", "ts-node/register/transpile-only", "-e", script, name], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout as NodeJS.ReadableStream, "data");
  return child;
}

describe("lock", () => {
  const name = `test-${process.pid}-${Date.now()}`;

  it("lets one at a time through, in this process too", async () => {
    const order: string[] = [];
    const work = (id: string) => async () => {
      order.push(`${id} in`);
      await new Promise((done) => setImmediate(done));
      order.push(`${id} out`);
    };
    await Promise.all([withLock(name, "first", 5, work("a")), withLock(name, "second", 5, work("b"))]);
    assert.equal(order[0]?.[0], order[1]?.[0]);
    assert.equal(order[2]?.[0], order[3]?.[0]);
  });

  it("is released when the action fails", async () => {
    await assert.rejects(
      withLock(name, "fails", 0, () => Promise.reject(new Error("no"))),
      /no/,
    );
    assert.equal(await withLock(name, "after", 0, async () => "free"), "free");
  });

  it("fault 37 names the holder, its process and since when, and is free as soon as that process is killed", async () => {
    const child = await holder(name);
    try {
      await assert.rejects(
        withLock(name, "second", 0, async () => undefined),
        (error: Error) => {
          assert(error instanceof LockedError);
          assert.match(
            error.message,
            new RegExp(
              `is locked by \\S+@\\S+, process ${child.pid} \\(rollout shop aaaa\\) since 20\\d\\d-\\S+, \\d+ s ago; ` +
                `it is free as soon as that process ends: wait for it, or end it with: kill ${child.pid}$`,
            ),
          );
          return true;
        },
      );
      child.kill("SIGKILL");
      assert.equal(await withLock(name, "third", 5, async () => "taken"), "taken");
    } finally {
      child.kill("SIGKILL");
    }
  });
});
