import assert from "node:assert/strict";
import { resolve } from "node:path";
import { faultFiles } from "./fault-files";
import { faultTable } from "./fault-table";

describe("the table of faults", () => {
  it("has a line for every test of a fault, by number, with what happened", () => {
    const table = faultTable([
      { title: "fault 24 RB-02 it dies", outcome: "ok", seconds: 61.25, note: "3 of 900 requests failed; exit 1" },
      { title: "PU-07 changes nothing", outcome: "ok", seconds: 1 },
      { title: "RB-03 fault 3 is killed | twice", outcome: "failed", seconds: 2 },
    ]);
    assert.equal(
      table,
      `| fault | what | outcome | what happened | seconds |
| --- | --- | --- | --- | ---: |
| 3 | is killed \\| twice | failed |  | 2.0 |
| 24 | it dies | ok | 3 of 900 requests failed; exit 1 | 61.3 |
`,
    );
    assert.equal(faultTable([]), "");
  });

  it("is made of the files that have such a test", () => {
    const files = faultFiles(resolve(__dirname, "../.."));
    for (const file of ["test/faults/migrations.test.ts", "test/watch.test.ts", "host/state-file.test.ts"]) {
      assert.ok(files.includes(file), file);
    }
    assert.ok(!files.includes("test/launch.test.ts"));
  });
});
