import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { limit } from "../support/fault-limits";
import { Ledger } from "../support/ledger/ledger";
import { underLoad } from "../support/ledger/under-load";
import { leaveLock } from "../support/left-lock";
import { note } from "../support/note";

const HALF_AN_HOUR = 1_800_000;

describe("a lock that was left, under load", function () {
  this.timeout(limit(180_000, 600_000));
  let ledger: Ledger;

  before(async () => {
    ledger = await Ledger.create();
  });
  after(() => ledger?.[Symbol.asyncDispose]());

  async function ended(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const end = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await end;
  }

  it("fault 37 one of a process that lives is never taken; once it is dead it is, which is said", async function () {
    await ledger.build("2.0.0");
    const holder = spawn("sleep", ["600"], { stdio: "ignore" });
    const { outcome, text } = await underLoad(ledger, async () => {
      await leaveLock(ledger.stack, holder.pid as number);
      const refused = await ledger.stack.slipway("deploy", "ledger", "2.0.0", "--lock-wait", "0");
      await ended(holder);
      return { refused, taken: await ledger.stack.slipway("deploy", "ledger", "2.0.0", "--lock-wait", "0") };
    }).finally(() => ended(holder));
    const { refused, taken } = outcome;
    assert.equal(refused.code, 1, refused.output);
    assert.match(refused.output, new RegExp(`currently locked by 1 lock.*operator@\\S+ \\(pid ${holder.pid}\\)`, "s"));
    assert.equal(taken.code, 0, taken.output);
    const said = new RegExp(
      `Taking over the lock created by operator@\\S+ \\(pid ${holder.pid}\\) .* that process is gone`,
    );
    assert.match(taken.output, said);
    assert.notEqual(await ledger.served(), ledger.first);
    note(this, `${text}; refused with exit ${refused.code}, then taken over`);
  });

  it("fault 37 one of before the machine started again, whose number another process has now, is taken over, too", async function () {
    await ledger.build("3.0.0");
    const other = spawn("sleep", ["600"], { stdio: "ignore" });
    const { outcome: run, text } = await underLoad(ledger, async () => {
      const timestamp = new Date(Date.now() - HALF_AN_HOUR).toISOString();
      const before = { timestamp, bootId: "00000000-0000-4000-8000-000000000000", startTicks: 100 };
      await leaveLock(ledger.stack, other.pid as number, before);
      return ledger.stack.slipway("deploy", "ledger", "3.0.0", "--lock-wait", "0");
    }).finally(() => ended(other));
    assert.equal(run.code, 0, run.output);
    assert.match(run.output, /Taking over the lock created by operator@.* at .*, 30 min ago: that process is gone/);
    note(this, `${text}; taken over, exit ${run.code}`);
  });
});
