import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { benchmarkNames, loadBenchmark } from "./benchmark";
import { measured } from "./measure";
import { measureTable } from "./measure-table";
import { median } from "./median";
import { parseOptions } from "./options";

function bench(...args: string[]) {
  const main = ["--require", require.resolve("ts-node/register/transpile-only"), join(__dirname, "main.ts"), ...args];
  return spawnSync(process.execPath, main, { encoding: "utf8" });
}

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

  it("tells programs what benchmarks there are, and what is wrong with a command line", function () {
    this.timeout(60_000);
    const list = bench("--json");
    assert.equal(list.status, 0, list.stderr);
    const names = (JSON.parse(list.stdout) as { name: string }[]).map(({ name }) => name);
    assert.deepEqual(names, benchmarkNames());
    const wrong = bench("lunch", "--json");
    assert.equal(wrong.status, 1);
    assert.equal(JSON.parse(wrong.stderr).error.code, "slipway.usage");
    assert.match(
      bench("lunch").stderr,
      /^error: there is no benchmark "lunch"; .*\n\nExamples:(.|\n)*\nsee: docs\/scripts\.md\n$/,
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
