import { strict as assert } from "node:assert";
import { compareBackupIds, nextBackupId } from "./backup-id";

describe("backup id", () => {
  const at = (time: string) => new Date(time);

  it("MT-06 is the time in UTC, and a sequence within one second", () => {
    assert.equal(nextBackupId(undefined, at("2026-03-29T03:30:00+02:00")), "backup_20260329_013000");
    assert.equal(nextBackupId("backup_20260329_012959", at("2026-03-29T01:30:00Z")), "backup_20260329_013000");
    assert.equal(nextBackupId("backup_20260329_013000", at("2026-03-29T01:30:00Z")), "backup_20260329_013000_2");
    assert.equal(nextBackupId("backup_20260329_013000_9", at("2026-03-29T01:30:00Z")), "backup_20260329_013000_10");
  });

  it("fault 18: stays unique and ordered when the clock jumps back, forward, and over a change to summer time", () => {
    const clock = [
      "2026-10-25T02:59:59+02:00",
      "2026-10-25T02:00:00+01:00", // Winter time: an hour that the wall shows twice.
      "2026-10-25T00:00:00Z", // Set back by an hour.
      "2026-10-25T00:00:01Z",
      "2026-10-26T00:00:01Z", // A day ahead,
      "2026-10-25T01:00:00Z", // and right again.
      "2026-10-26T00:00:01Z",
      "2026-10-26T00:00:02Z",
    ];
    const ids: string[] = [];
    for (const time of clock) ids.push(nextBackupId(ids.at(-1), at(time)));
    assert.deepEqual(ids, [
      "backup_20261025_005959",
      "backup_20261025_010000",
      "backup_20261025_010000_2",
      "backup_20261025_010000_3",
      "backup_20261026_000001",
      "backup_20261026_000001_2",
      "backup_20261026_000001_3",
      "backup_20261026_000002",
    ]);
    assert.deepEqual([...ids].sort(compareBackupIds), ids);
  });
});
