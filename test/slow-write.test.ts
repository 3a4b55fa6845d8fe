import assert from "node:assert/strict";
import type { Answer } from "./support/http-request";
import { Ledger } from "./support/ledger/ledger";
import { helloLike } from "./support/sample-projects";

/** How long the write takes, and how long nginx lets requests of a replaced configuration run, in seconds. */
const WRITE_SECONDS = 8;
const DRAIN_SECONDS = 20;

describe("a write that takes long while its project is held", function () {
  this.timeout(180_000);
  let ledger: Ledger;

  before(async () => {
    ledger = await Ledger.create({
      migrations: { compatible: false },
      // The write ends between the backup and the way back to it.
      health: { deadlineSeconds: 12 },
      project: { deploy: { drainSeconds: 1 } },
      // One time for all projects: the longest.
      others: { hello: { ...helloLike("hello"), deploy: { drainSeconds: DRAIN_SECONDS } } },
    });
    await ledger.build("2.0.0", { revision: "r2", fault: "unhealthy" });
  });
  after(() => ledger?.[Symbol.asyncDispose]());

  it("MT-13 MT-27 is acknowledged and kept: nothing is backed up, migrated or taken back before it has ended", async () => {
    let write: Promise<Answer> | undefined;
    const { done } = ledger.stack.start(["deploy", "ledger", "2.0.0"], {
      onOutput: (text) => {
        if (!text.includes("the migration is part of the switch")) return;
        write ??= ledger.stack.get(ledger.host, `/rows?n=7&after=${WRITE_SECONDS}`, { method: "POST" });
      },
    });
    const run = await done;
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /the database goes back to backup_\S+, from before the change/);
    assert.equal((await write)?.status, 201, run.output);
    assert.equal(await ledger.sql("select count(*) from rows where n = 7"), "1", run.output);
  });
});
