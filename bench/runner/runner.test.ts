import { strict as assert } from "node:assert";
import { benchmarkNames, loadBenchmark } from "./benchmark";
import { measured } from "./measure";
import { measureTable } from "./measure-table";
import { median } from "./median";
import { parseOptions } from "./options";

describe("benchmark runner", () => {
  it("a value on its limit is within it, one above is not, whatever rounding shows", () => {
    assert.equal(measured("up", 2, "s", { limit: 2 }).ok, true);
    assert.deepEqual(measured("up", 2.0004, "s", { reference: 15.4, limit: 2 }), {
      measure: "up",
      value: 2,
      unit: "s",
      reference: 15.4,
      limit: 2,
      ok: false,
    });
  });

  it("the median is the middle one, or the mean of the two in the middle", () => {
    assert.equal(median([9, 1, 2]), 2);
    assert.equal(median([4, 1, 10, 2]), 3);
    assert.throws(() => median([]), /no value/);
  });

  it("the table lines numbers up and marks a broken limit", () => {
    const table = measureTable([measured("up", 12.5, "s", { limit: 2 }), measured("sent", 300, "requests")]);
    assert.equal(
      table,
      [
        "measure  value  unit      reference  limit  ok",
        "up       12.50  s                        2  NO",
        "sent       300  requests",
        "",
      ].join("\n"),
    );
  });

  it("options: five runs unless told, and mistakes say what is allowed", () => {
    assert.deepEqual(parseOptions(["launch", "--json"], ["launch"]), {
      name: "launch",
      runs: 5,
      json: true,
      help: false,
    });
    assert.throws(() => parseOptions(["lunch"], ["launch"]), /no benchmark "lunch"; there are: launch/);
    assert.throws(() => parseOptions(["launch", "--runs", "0"], ["launch"]), /--runs 0: a whole number above 0/);
    assert.throws(() => parseOptions(["--fast"], []), /--fast/);
  });

  it("every file in bench/ is a benchmark", async () => {
    for (const name of benchmarkNames()) assert.notEqual((await loadBenchmark(name)).description, "");
  });
});
