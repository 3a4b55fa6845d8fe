import assert from "node:assert/strict";
import { Ledger } from "./support/ledger/ledger";

describe("a rollback beyond the standby that leaves the data as it is", function () {
  this.timeout(180_000);
  let ledger: Ledger;

  before(async () => {
    ledger = await Ledger.create();
    for (const version of ["1.1.0", "1.2.0"]) {
      await ledger.build(version);
      await ledger.stack.succeed("deploy", "ledger", version);
    }
  });
  after(() => ledger?.[Symbol.asyncDispose]());

  it("SC-04 RB-06 makes no backup, says so, and needs no space for one", async () => {
    await ledger.stack.configure({ deploy: { "*": { watchSeconds: 0, freeGB: 900_000 } } });
    await ledger.stack.deployed();
    const before = await ledger.backups();
    const run = await ledger.stack.succeed("rollback", "ledger", "1.0.0", "--yes");
    assert.match(run.output, /INFO: ledger: no backup before release \w+: the rollback leaves the data as it is/);
    assert.match(run.output, /INFO: ledger: the gateway is healthy and accepts the new configuration/);
    assert.equal(await ledger.served(), ledger.first);
    assert.deepEqual(await ledger.backups(), before);
    await ledger.stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  });
});
