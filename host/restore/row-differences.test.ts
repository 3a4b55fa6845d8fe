import { strict as assert } from "node:assert";
import { keyTableShortfalls, rowDifferences } from "./row-differences";

describe("row differences", () => {
  it("SC-09 every table that differs is named, with both numbers", () => {
    assert.deepEqual(rowDifferences({ "public.a": 1, "public.b": 2 }, { "public.a": 1, "public.b": 2 }), []);
    assert.deepEqual(rowDifferences({ "public.a": 1, "public.new": 0 }, { "public.a": 2, "public.gone": 5 }), [
      "public.a has 1 rows instead of 2 rows",
      "public.gone has no such table instead of 5 rows",
      "public.new has 0 rows instead of no such table",
    ]);
  });

  it("SC-09 a key table must be there and hold its minimum; 0 allows an empty one", () => {
    const rows = { "public.events": 3, "billing.accounts": 0 };
    const key = (table: string, minimumRows: number) => ({ table, minimumRows });
    assert.deepEqual(keyTableShortfalls(rows, [key("events", 3), key("billing.accounts", 0)]), []);
    assert.deepEqual(keyTableShortfalls(rows, [key("events", 4), key("accounts", 0)]), [
      "key table events has 3 rows, fewer than 4",
      "key table accounts is not there",
    ]);
  });
});
