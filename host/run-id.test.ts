import { strict as assert } from "node:assert";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordEvent } from "./audit";
import { layout } from "./layout";
import { Log } from "./log";
import { continueRun, newRunId, RUN_VARIABLE, runId } from "./run-id";

describe("the id of a run", () => {
  const before = process.env[RUN_VARIABLE];
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-run-id-"));
    delete process.env[RUN_VARIABLE];
  });
  afterEach(async () => {
    if (before === undefined) delete process.env[RUN_VARIABLE];
    else process.env[RUN_VARIABLE] = before;
    await rm(root, { recursive: true });
  });

  const linesOf = async (file: string) =>
    (await readFile(file, "utf8"))
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));

  it("tells when the run began, and is the same in every process of it", () => {
    assert.equal(
      newRunId(new Date("2026-03-04T05:06:07.891Z"), Buffer.from("9f3a1c", "hex")),
      "20260304-050607-9f3a1c",
    );
    assert.match(runId(), /^\d{8}-\d{6}-[0-9a-f]{6}$/);
    assert.equal(runId(), process.env.SLIPWAY_RUN);
    continueRun("another");
    assert.equal(runId(), "another");
  });

  it("SC-02 SC-15 is in the audit log and beside every line of the log, whose own format is as before", async () => {
    const place = layout(root);
    continueRun("20260304-050607-9f3a1c");
    new Log(place.log, { informationTo: "nowhere", now: () => new Date("2026-03-04T05:06:07Z") }).warn("it is late");
    assert.equal(await readFile(place.log, "utf8"), "[2026-03-04 05:06:07] WARN: it is late\n");
    assert.deepEqual(await linesOf(join(root, "var/log/slipway/runs.jsonl")), [
      { run: "20260304-050607-9f3a1c", at: "2026-03-04T05:06:07.000Z", level: "WARN", message: "it is late" },
    ]);
    await recordEvent(place, { operation: "backup", project: "shop", by: "ann", result: "success", seconds: 1 });
    assert.deepEqual(
      (await linesOf(place.audit)).map(({ run }) => run),
      ["20260304-050607-9f3a1c"],
    );
  });
});
