import assert from "node:assert";
import { ago, table } from "./table";

describe("table", () => {
  it("columns are two blanks apart, a value of several lines keeps its column", () => {
    assert.equal(
      table(
        ["KEY", "VALUE"],
        [
          ["multi", "l1\nl2\n"],
          ["uni", "é✓"],
        ],
      ),
      "KEY    VALUE\nmulti  l1\n       l2\n       \nuni    é✓\n",
    );
  });

  it("ages are as Pulumi's CLI words them", () => {
    const before = (seconds: number) => ago(new Date(0), new Date(seconds * 1000));
    const ages = [0.4, 1, 59, 60, 3599, 3600, 90_000, 700_000, 40_000_000].map(before);
    assert.deepEqual(ages, [
      ...["now", "1 second ago", "59 seconds ago", "1 minute ago", "59 minutes ago", "1 hour ago"],
      ...["1 day ago", "1 week ago", "1 year ago"],
    ]);
  });
});
