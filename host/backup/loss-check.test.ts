import { strict as assert } from "node:assert";
import { judgeLoss } from "./loss-check";

describe("loss check", () => {
  const before = { "public.a": 60, "public.b": 40 };

  it("fault 12: no tables or no rows are fine only where the backup before had none either", () => {
    assert.deepEqual(judgeLoss({}, undefined), { kind: "fine" });
    assert.deepEqual(judgeLoss({}, {}), { kind: "fine" });
    assert.deepEqual(judgeLoss({ "public.a": 0 }, { "public.a": 0 }), { kind: "fine" });
    assert.deepEqual(judgeLoss({}, before), {
      kind: "suspicious",
      note: "the database is empty: 0 tables with 0 rows; the backup before had 2 with 100",
    });
    assert.equal(judgeLoss({ "public.a": 0, "public.b": 0 }, before).kind, "suspicious");
  });

  it("fault 12: before a first release they keep nobody from it, and are said", () => {
    assert.deepEqual(judgeLoss({}, before, { servesNobody: true }), {
      kind: "shrunk",
      note: "the database is empty: 0 tables with 0 rows; the backup before had 2 with 100",
    });
  });

  it("fault 13: less than half of the rows or of the tables is said, and half is not", () => {
    assert.deepEqual(judgeLoss({ "public.a": 9, "public.b": 40 }, before), {
      kind: "shrunk",
      note: "more than half is gone: 2 tables with 49 rows; the backup before had 2 with 100",
    });
    assert.equal(judgeLoss({ "public.a": 50 }, before).kind, "fine");
    assert.equal(judgeLoss({ "public.a": 900 }, { ...before, "public.c": 1 }).kind, "shrunk");
  });
});
