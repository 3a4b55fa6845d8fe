import { strict as assert } from "node:assert";
import { moment } from "./backup-time";

describe("a moment of a restore", () => {
  it("is read as a person types it, in UTC where no zone is given", () => {
    for (const text of [
      "2026-11-20 14:00Z",
      "2026-11-20T14:00:00Z",
      "2026-11-20 14:00",
      "2026-11-20 14:00 UTC",
      "2026-11-20 15:00+01:00",
      "2026-11-20 15:00 +0100",
    ]) {
      assert.equal(moment(text)?.toISOString(), "2026-11-20T14:00:00.000Z", text);
    }
    assert.equal(moment("2026-11-20")?.toISOString(), "2026-11-20T00:00:00.000Z");
  });

  it("is none where it could mean something else", () => {
    for (const text of [
      "yesterday",
      "20.11.2026",
      "14:00",
      "2026-13-01",
      "2026-11-20 25:00",
      "2026-11-20 14:00 CET",
      "",
    ]) {
      assert.equal(moment(text), undefined, text);
    }
  });
});
