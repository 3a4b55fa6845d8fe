import assert from "node:assert/strict";
import { Ledger } from "../support/ledger/ledger";
import { underLoad } from "../support/ledger/under-load";
import { note } from "../support/note";

describe("a release that is no good, under load", function () {
  this.timeout(300_000);
  let ledger: Ledger;

  before(async () => {
    ledger = await Ledger.create();
  });
  after(() => ledger?.[Symbol.asyncDispose]());

  it("try", async function () {
    await ledger.build("2.0.0", { revision: "r2" });
    const { outcome: run, text } = await underLoad(ledger, () => ledger.stack.slipway("deploy", "ledger", "2.0.0"));
    note(this, text);
    console.log(run.output, text, run.seconds);
    assert.equal(run.code, 0, run.output);
  });
});
