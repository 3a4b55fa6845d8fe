import { strict as assert } from "node:assert";
import { backupEntry } from "./backup-entry.fixture";
import type { BackupEntry } from "./backup-index";
import { expired } from "./retention";

const DAY = 86_400_000;
const START = Date.parse("2026-01-01T00:00:00Z");

/** Made on a day counted from the first, kept for seven. */
function onDay(day: number, changes: Partial<BackupEntry> = {}): BackupEntry {
  const made = START + day * DAY;
  return backupEntry({
    backup_id: `backup_20260101_${String(day).padStart(6, "0")}`,
    created_at: new Date(made).toISOString(),
    retention_until: new Date(made + 7 * DAY).toISOString(),
    ...changes,
  });
}

const days = (entries: BackupEntry[]) => entries.map(({ backup_id }) => Number(backup_id.slice(-6)));
const none = new Set<string>();
const now = (day: number) => new Date(START + day * DAY);

describe("retention", () => {
  const ten = Array.from({ length: 10 }, (_, day) => onDay(day));

  it("SC-07 only what is past its time and beyond the last of its type goes", () => {
    assert.deepEqual(days(expired({ backups: ten }, now(9), 7, none)), [0, 1]);
    assert.deepEqual(days(expired({ backups: ten }, now(30), 7, none)), [0, 1, 2]);
    assert.deepEqual(days(expired({ backups: ten }, now(30), 100, none)), []);
    const scheduled = onDay(0, { backup_type: "scheduled" });
    assert.deepEqual(days(expired({ backups: [scheduled, ...ten.slice(1)] }, now(30), 7, none)), [1, 2]);
  });

  it("SC-07 one that a listed rollback needs, or that is held, stays", () => {
    const [first, second, third, ...rest] = ten as [BackupEntry, BackupEntry, BackupEntry];
    const backups = [first, { ...second, held: true }, third, ...rest];
    assert.deepEqual(days(expired({ backups }, now(30), 7, new Set([first.backup_id]))), [2]);
  });

  it("SC-07 a bad one does not count among the last, and goes when its time is over", () => {
    const bad = onDay(10, { verified: false, status: "failed" });
    assert.deepEqual(days(expired({ backups: [...ten, bad] }, now(12), 7, none)), [0, 1, 2]);
    assert.deepEqual(days(expired({ backups: [...ten, bad] }, now(30), 7, none)), [0, 1, 2, 10]);
  });

  it("fault 18: backups made in the future push none out, and a clock that jumps ahead leaves the last ones", () => {
    const ahead = Array.from({ length: 7 }, (_, index) => onDay(100 + index));
    assert.deepEqual(days(expired({ backups: [...ten.slice(0, 7), ...ahead] }, now(20), 7, none)), []);
    assert.deepEqual(days(expired({ backups: ten.slice(0, 7) }, now(400), 7, none)), []);
  });
});
