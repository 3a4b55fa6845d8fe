import { strict as assert } from "node:assert";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { LockedError, socketAddress, withLock } from "./lock";
import { waitingTickets } from "./lock-queue";

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
  const address = socketAddress(name);

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

  it("edge case 30: those who wait get it in the order in which they came, and nobody who comes later goes first", async () => {
    const order: string[] = [];
    const waiting: Promise<unknown>[] = [];
    let isTried = false;
    const wait = async (id: string) => {
      const work = async () => {
        order.push(id);
        await until(() => isTried);
      };
      waiting.push(withLock(name, id, 30, work));
      await until(() => waitingTickets(address).length === waiting.length);
    };
    await withLock(name, "holder", 0, async () => {
      for (const id of ["first", "second", "third"]) await wait(id);
      await assert.rejects(
        withLock(name, "impatient", 0, async () => undefined),
        /\(holder\)/,
      );
    });
    waiting.push(withLock(name, "late", 30, async () => void order.push("late")));
    await assert.rejects(
      withLock(name, "impatient", 0, async () => void order.push("impatient")),
      /\(first\)/,
    );
    isTried = true;
    await Promise.all(waiting);
    assert.deepEqual(order, ["first", "second", "third", "late"]);
    assert.deepEqual(waitingTickets(address), []);
  });

  it("edge case 30: a waiter that is killed, or has waited long enough, is in nobody's way", async () => {
    const order: string[] = [];
    let waiting: Promise<unknown> | undefined;
    await withLock(name, "holder", 0, async () => {
      const killed = waiter(name);
      await until(() => waitingTickets(address).length === 1);
      const late = withLock(name, "late", 0.1, async () => undefined);
      waiting = withLock(name, "next", 30, async () => void order.push("next"));
      await assert.rejects(late, LockedError);
      assert.deepEqual(waitingTickets(address).length, 2);
      const ended = once(killed, "exit");
      killed.kill("SIGKILL");
      await ended;
    });
    await waiting;
    assert.deepEqual(order, ["next"]);
  });
});

/** A process that waits for the lock. */
function waiter(name: string): ChildProcess {
  const script = `require("./host/lock").withLock(process.argv[1], "waits", 60, () => new Promise(() => undefined))`;
  return spawn(process.execPath, ["-r", "ts-node/register/transpile-only", "-e", script, name], { stdio: "inherit" });
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!isSo()) {
    assert.ok(Date.now() < deadline, "it never was so");
    await new Promise((done) => setTimeout(done, 5));
  }
}
