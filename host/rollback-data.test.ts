import { strict as assert } from "node:assert";
import { type DataFacts, dataPlan } from "./rollback-data";

const same: DataFacts = { policy: "auto", current: "b2", target: "b2", isCompatible: false };
const backup = { id: "backup_20260101_120000", lossMinutes: 7 };

describe("what a rollback does about the database", () => {
  it("RB-07 auto keeps it while both releases are at one revision, or where one is not known", () => {
    assert.equal(dataPlan(same).kind, "keep");
    assert.equal(dataPlan(same).text, "kept: both releases are at one schema revision");
    const unknown = dataPlan({ ...same, target: "" });
    assert.equal(unknown.kind, "keep");
    assert.equal(unknown.text, "kept: which schema revision that release was made for is not known here");
  });

  it("OV-09 RB-06 auto restores at another revision, and says first how many minutes of writes that loses", () => {
    assert.deepEqual(dataPlan({ ...same, target: "a1", backup }), {
      kind: "restore",
      text: "restored from backup_20260101_120000: the writes of the last 7 minutes are lost",
      backup: "backup_20260101_120000",
      lossMinutes: 7,
    });
  });

  it("auto keeps it where the migration is known to suit the release before", () => {
    assert.equal(dataPlan({ ...same, target: "a1", isCompatible: true, backup }).kind, "keep");
  });

  it("keep and restore are obeyed", () => {
    assert.equal(dataPlan({ ...same, policy: "keep", target: "a1", backup }).kind, "keep");
    assert.equal(dataPlan({ ...same, policy: "restore", backup }).kind, "restore");
  });

  it("RB-06 without a usable backup it offers containers only", () => {
    const plan = dataPlan({ ...same, target: "a1" });
    assert.equal(plan.kind, "impossible");
    assert.match(plan.text, /containers only: --database keep/);
  });
});
