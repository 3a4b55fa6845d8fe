import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordEvent } from "../audit";
import type { Operations } from "../cli/operations";
import { describePlatform, describeProject } from "../description";
import { layout } from "../layout";
import { Log } from "../log";
import { platform, projectOf } from "../platform.fixture";
import { writeRecord } from "../record";
import { liveRelease } from "../record.fixture";
import { backUpAll } from "./back-up-all";
import { backupEntry } from "./backup-entry.fixture";
import { lastScheduledRun } from "./scheduled-run";

describe("the backups of all projects", () => {
  it("MT-21 SC-16 end what is measured of those that are removed, and of none that is not deployed yet", async () => {
    const root = await mkdtemp(join(tmpdir(), "slipway-all-"));
    const place = layout(root);
    const records = {
      shop: { serial: 1, drainingWorkers: [], live: liveRelease("aaaa") },
      blog: { serial: 2, drainingWorkers: [] },
      fresh: { serial: 0, drainingWorkers: [] },
    };
    const counted = { operation: "deploy", by: "", result: "failure", seconds: 1 } as const;
    for (const [project, record] of Object.entries(records)) {
      await describeProject(place, projectOf(project));
      await writeRecord(place, project, record);
      await recordEvent(place, { ...counted, project });
    }
    const backedUp: string[] = [];
    const backUp: Operations["backupProject"] = async (_layout, _log, { project }) => {
      backedUp.push(project);
      return backupEntry({ project });
    };
    await backUpAll(place, new Log(place.log, { informationTo: "nowhere" }), { type: "manual", by: "", backUp });
    assert.deepEqual(backedUp, ["shop"]);
    const measured = (await readFile(place.metrics, "utf8")).match(/project="\w+"/g);
    assert.deepEqual(new Set(measured), new Set(['project="shop"', 'project="fresh"']));
    await rm(root, { recursive: true });
  });

  it("SC-16 fault 4 a SIGTERM ends a scheduled run that waits for Postgres, which counts as cut short", async () => {
    const root = await mkdtemp(join(tmpdir(), "slipway-all-"));
    await describePlatform(layout(root), platform);
    const program = `require("./host/cli/cli").cli(require("./host/layout").layout(process.argv[1]), ["backup", "--all", "scheduled"])
      .then((code) => process.exit(code));`;
    const child = spawn(process.execPath, ["-r", "ts-node/register/transpile-only", "-e", program, root], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, DOCKER_HOST: `unix://${root}/nobody.sock` },
    });
    let said = "";
    child.stderr.on("data", (text) => {
      said += text;
    });
    const closed = once(child, "close");
    try {
      while ((await lastScheduledRun(layout(root))) === undefined) await new Promise((done) => setTimeout(done, 20));
      child.kill("SIGTERM");
      assert.deepEqual(await closed, [130, null], said);
    } finally {
      child.kill("SIGKILL");
    }
    assert.match(said, /ERROR: interrupted\n/);
    const run = await lastScheduledRun(layout(root));
    assert.deepEqual([run?.ended, run?.failures], [undefined, {}]);
    await rm(root, { recursive: true });
  });
});
