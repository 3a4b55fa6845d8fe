import { strict as assert } from "node:assert";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { layout } from "./layout";
import { Log } from "./log";
import { rotate } from "./rotated-file";
import { runs } from "./run";
import { runId } from "./run-id";
import { beginRun, runRecords } from "./run-records";

describe("the records of runs", () => {
  it("SC-15 are those of a log that was put aside in the middle of a run, too, in their order", async () => {
    const root = await mkdtemp(join(tmpdir(), "slipway-runs-"));
    const place = layout(root);
    const log = new Log(place.log, { informationTo: "nowhere" });
    const run = beginRun(place, log, ["backup", "shop"]);
    rotate(join(dirname(place.log), "runs.jsonl"), { bytes: 1, kept: 5 });
    log.warn("later");
    run.end(3);
    const { records, events } = await runRecords(place);
    assert.deepEqual(
      records.map(({ run, command, message, exitCode }) => [run, command ?? message ?? exitCode]),
      [`Run ${runId()} (runs show ${runId()})`, "backup shop", "later", 3].map((what) => [runId(), what]),
    );
    assert.deepEqual(events, []);
    await rm(root, { recursive: true });
  });

  it("SC-15 say how a run ended whose process was ended at once, as by a second Ctrl-C", async () => {
    const root = await mkdtemp(join(tmpdir(), "slipway-runs-"));
    const place = layout(root);
    const program = `
      const { beginRun } = require("./run-records");
      const { Log } = require("./log");
      const log = ${JSON.stringify(place.log)};
      beginRun({ log }, new Log(log, { informationTo: "nowhere" }), ["backup", "shop"]);
      process.exit(130);
    `;
    const { status } = spawnSync(process.execPath, ["-r", "ts-node/register/transpile-only", "-e", program], {
      cwd: __dirname,
    });
    assert.equal(status, 130);
    assert.deepEqual((await runRecords(place)).records.at(-1)?.exitCode, 130);
    await rm(root, { recursive: true });
  });

  it("SC-15 edge case 25 tell a run that was killed from one that still runs", async () => {
    const root = await mkdtemp(join(tmpdir(), "slipway-runs-"));
    const place = layout(root);
    const program = `
      const { beginRun } = require("./run-records");
      const { Log } = require("./log");
      const log = ${JSON.stringify(place.log)};
      beginRun({ log }, new Log(log, { informationTo: "nowhere" }), ["backup", "shop"]);
      console.log("begun");
      setTimeout(() => undefined, 60_000);
    `;
    const child = spawn(process.execPath, ["-r", "ts-node/register/transpile-only", "-e", program], {
      cwd: __dirname,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit");
    const outcome = async () => runs(await runRecords(place)).map((run) => [run.outcome, run.pid]);
    try {
      await once(child.stdout, "data");
      assert.deepEqual(await outcome(), [["running", child.pid]]);
    } finally {
      child.kill("SIGKILL");
      await ended;
    }
    assert.deepEqual(await outcome(), [["killed", child.pid]]);
    await rm(root, { recursive: true });
  });

  it("SC-15 tell that a run goes on when the clock was set forward since it began", async function () {
    if (!existsSync("/proc/stat")) this.skip();
    const root = await mkdtemp(join(tmpdir(), "slipway-runs-"));
    const place = layout(root);
    const run = beginRun(place, new Log(place.log, { informationTo: "nowhere" }), ["backup", "shop"]);
    const file = join(dirname(place.log), "runs.jsonl");
    const began = (await readFile(file, "utf8")).replace(/"at":"[^"]*"/g, '"at":"2020-01-01T00:00:00.000Z"');
    await writeFile(file, began);
    const outcomes = async () => runs(await runRecords(place)).map(({ outcome }) => outcome);
    assert.deepEqual(await outcomes(), ["running"]);
    await writeFile(file, began.replace(/"bootId":"[^"]*"/, '"bootId":"of another start"'));
    assert.deepEqual(await outcomes(), ["killed"]);
    run.end(0);
    await rm(root, { recursive: true });
  });
});
