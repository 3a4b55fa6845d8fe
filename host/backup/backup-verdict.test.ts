import assert from "node:assert/strict";
import { backupVerdict } from "./backup-verdict";

describe("what a backup is listed as", () => {
  const fine = { kind: "fine" } as const;
  const empty = { kind: "suspicious", note: "the database is empty" } as const;
  const shrunk = { kind: "shrunk", note: "more than half is gone" } as const;

  it("is verified where it is whole, with what was noticed", () => {
    assert.deepEqual(backupVerdict(undefined, false, fine), { status: "verified" });
    assert.deepEqual(backupVerdict(undefined, false, shrunk), { status: "verified", note: shrunk.note });
    assert.deepEqual(backupVerdict(undefined, false, empty), { status: "suspicious", note: empty.note });
  });

  it("MT-17 is never verified where its data was half changed, which is neither a loss nor none", () => {
    for (const loss of [fine, shrunk, empty]) {
      const { status, note } = backupVerdict(undefined, true, loss);
      assert.equal(status, "changing");
      assert.match(note ?? "", /half changed .* restored only where it is named/);
    }
    assert.deepEqual(backupVerdict("is damaged", true, fine), { status: "failed", note: "is damaged" });
  });
});
