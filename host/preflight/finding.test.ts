import { strict as assert } from "node:assert";
import { type Finding, findingLines, judged } from "./finding";

const gateway: Finding = { text: "the gateway refuses it" };
const backup: Finding = { text: "no space for a backup", passedBy: "--skip-backup" };
const cache: Finding = { text: "the cache is down", passedBy: "--force" };
const all = [gateway, backup, cache];

describe("findings before a deploy", () => {
  it("MT-05 all of them end it when the operator said nothing", () => {
    assert.deepEqual(judged(all, undefined), { blocking: all, passed: [] });
    assert.deepEqual(judged(all, { force: false, skipBackup: false }), { blocking: all, passed: [] });
  });

  it("MT-05 --force passes neither the gateway's configuration nor a backup without space", () => {
    assert.deepEqual(judged(all, { force: true, skipBackup: false }), { blocking: [gateway, backup], passed: [cache] });
  });

  it("MT-05 --skip-backup passes the missing space for one alone", () => {
    assert.deepEqual(judged(all, { force: false, skipBackup: true }), { blocking: [gateway, cache], passed: [backup] });
    assert.deepEqual(judged(all, { force: true, skipBackup: true }).blocking, [gateway]);
  });

  it("each line says what goes on in spite of it", () => {
    assert.equal(
      findingLines([gateway, cache], "deploy"),
      "  - the gateway refuses it (has to be mended)\n  - the cache is down (--force goes on nevertheless)",
    );
  });

  it("RB-06 MT-05 a rollback, which has no --force, does not name it", () => {
    assert.equal(findingLines([cache], "rollback"), "  - the cache is down (has to be mended)");
  });
});
