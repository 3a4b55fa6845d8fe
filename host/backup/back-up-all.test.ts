import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describePlatform } from "../description";
import { layout } from "../layout";
import { platform } from "../platform.fixture";
import { lastScheduledRun } from "./scheduled-run";

describe("the backups of all projects", () => {
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
