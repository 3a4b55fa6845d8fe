import { strict as assert } from "node:assert";
import { chooseBackup, lastGood, lossMinutes } from "./backup-choice";
import { backupEntry } from "./backup-entry.fixture";

const database = { format: "zstd", rows: {}, snapshot: "" } as const;
const at = (hour: string, schema_revision: string, changes = {}) =>
  backupEntry({ backup_id: `backup_20260101_${hour}0000`, schema_revision, database, ...changes });
const schema = { revision: "0003", heads: {}, path: ["0001", "0002", "0003"] };
const chosen = (backups: ReturnType<typeof at>[], revision: string) =>
  chooseBackup({ backups }, schema, revision)?.backup_id.slice(16, 18);

describe("choice of a backup", () => {
  it("OV-09 the newest verified one at the target's revision", () => {
    const backups = [at("01", "0001"), at("02", "0001"), at("03", "0001", { verified: false }), at("04", "0002")];
    assert.equal(chosen(backups, "0001"), "02");
    assert.equal(chosen(backups, "0002"), "04");
  });

  it("OV-09 else the newest at an older revision", () => {
    assert.equal(chosen([at("01", ""), at("02", "0001"), at("03", "0003"), at("04", "0003")], "0002"), "02");
    assert.equal(chosen([at("01", ""), at("02", "0002"), at("03", "0003")], "0001"), "01");
  });

  it("OV-09 never one at a newer revision, which the target's migration does not know", () => {
    assert.equal(chosen([at("02", "0002"), at("03", "0003")], "0001"), undefined);
  });

  it("OV-09 nothing where no backup could do: containers only", () => {
    assert.equal(chosen([], "0001"), undefined);
    assert.equal(chosen([at("01", "0002"), at("02", "0002")], "0001"), undefined);
    assert.equal(chosen([at("01", "0001", { database: undefined })], "0001"), undefined);
  });

  it("fault 12: compared is the newest good one, and none from before the data was deleted", () => {
    const made = (hour: string, changes = {}) => at(hour, "", { created_at: `2026-01-01T${hour}:00:00Z`, ...changes });
    const backups = [made("01"), made("02"), made("03", { verified: false }), made("04", { database: undefined })];
    const hours = (deletedAt?: string) => lastGood({ backups }, deletedAt)?.created_at.slice(11, 13);
    assert.deepEqual([hours(), hours("2026-01-01T01:30:00Z"), hours("2026-01-01T02:30:00Z")], ["02", "02", undefined]);
  });

  it("OV-09 the loss is told in whole minutes, begun ones included, and never below 0", () => {
    const entry = backupEntry({ created_at: "2026-01-01T00:00:00Z" });
    assert.equal(lossMinutes(entry, new Date("2026-01-01T00:12:01Z")), 13);
    assert.equal(lossMinutes(entry, new Date("2025-12-31T23:00:00Z")), 0);
  });
});
