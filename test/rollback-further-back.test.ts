import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { layoutOf } from "./support/host-program";
import { Ledger } from "./support/ledger/ledger";
import { until } from "./support/until";

describe("a rollback beyond the standby", function () {
  this.timeout(180_000);
  let ledger: Ledger;

  before(async () => {
    ledger = await Ledger.create({ health: { deadlineSeconds: 12 } });
    await deployWaiting("1.1.0");
    for (const version of ["1.2.0", "1.3.0"]) {
      await ledger.build(version);
      await ledger.stack.succeed("deploy", "ledger", version);
    }
  });
  after(() => ledger?.[Symbol.asyncDispose]());

  /** A release that starts only when it is told so, as it is not in a rollback. */
  async function deployWaiting(version: string): Promise<void> {
    await ledger.build(version, { waits: true });
    const before = await ledger.releases();
    const { done } = ledger.stack.start(["deploy", "ledger", version]);
    const web = await until("its container", async () => {
      const all = await ledger.stack.containers({ "slipway.project": "ledger", "slipway.service": "web" });
      return all.find(({ Labels }) => !before.includes(Labels["slipway.release"] as string));
    });
    await until("it to run", async () => {
      const { exitCode } = await ledger.stack.exec(web.Id, ["touch", "/tmp/go"], "root").catch(() => ({
        exitCode: 1,
      }));
      return exitCode === 0;
    });
    const run = await done;
    assert.equal(run.code, 0, run.output);
  }

  it("SC-04 PU-06 that fails leaves the configuration as it was, and nothing of the release", async () => {
    const [served, file] = [await ledger.served(), await readFile(ledger.stack.stackFile, "utf8")];
    const releases = await ledger.releases();
    const run = await ledger.stack.slipway("rollback", "ledger", "1.1.0", "--yes");
    assert.equal(run.code, 1, run.output);
    assert.match(run.stderr, /ERROR: Rollback of ledger failed: .*is not healthy after 12 s/);
    assert.match(run.stderr, new RegExp(`ERROR: Live: 1\\.3\\.0 \\(release ${served}\\)`));
    assert.deepEqual([await ledger.served(), await ledger.releases()], [served, releases]);
    assert.equal(await readFile(ledger.stack.stackFile, "utf8"), file);
    await ledger.stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("SC-15 MT-21 that fails in the engine, of which no command of the host knows, is written down and counted as well", async () => {
    const program = join(ledger.stack.folder, ".slipway/opt/slipway/host.js");
    const whole = await readFile(program, "utf8");
    const lost = JSON.stringify(join(ledger.stack.folder, "lost"));
    const asWritten = await readFile(ledger.stack.stackFile, "utf8");
    const before = [await events(), await counted()] as const;
    // Gone before it could say anything; what takes the rollback back is not.
    const lose = [
      'const fs = require("node:fs");',
      `if (process.argv.includes("migrate") && !fs.existsSync(${lost})) {`,
      `  fs.writeFileSync(${lost}, "");`,
      "  process.exit(255);",
      "}",
    ];
    await writeFile(program, `${lose.join("\n")}\n${whole}`);
    const run = await ledger.stack.slipway("rollback", "ledger", "1.1.0", "--yes");
    await writeFile(program, whole);
    assert.equal(run.code, 1, run.output);
    const [told] = /Rollback of ledger failed: .*/.exec(run.stderr) ?? assert.fail(run.output);
    const [event, ...others] = (await events()).slice(before[0].length);
    assert.deepEqual([event?.result, others], ["failure", []]);
    assert.match(event?.to as string, /^1\.1\.0 \(\w{10}\)$/);
    assert.equal(told, `Rollback of ledger failed: ${event?.reason}`);
    assert.equal(await counted(), before[1] + 1);
    const { deployment_history: past } = await ledger.state<{ deployment_history: Past[] }>("manifest.json");
    assert.deepEqual([past[0]?.version, past[0]?.result], ["1.1.0", "failed"]);
    assert.equal(await readFile(ledger.stack.stackFile, "utf8"), asWritten);
  });

  interface Past {
    version: string;
    result: string;
  }

  /** Rollbacks in the audit log. */
  async function events(): Promise<Record<string, string>[]> {
    const lines = (await readFile(layoutOf(ledger.stack).audit, "utf8")).trimEnd().split("\n");
    return lines.map((line) => JSON.parse(line)).filter(({ operation }) => operation === "rollback");
  }

  /** Failed ones, as Prometheus hears of them. */
  async function counted(): Promise<number> {
    const line = /^slipway_rollbacks_total{project="ledger",result="failure"} (\d+)$/m;
    return Number(line.exec(await readFile(layoutOf(ledger.stack).metrics, "utf8"))?.[1] ?? 0);
  }

  it("SC-04 to what serves already restores nothing, and refuses where a restore was asked for", async () => {
    const served = await ledger.served();
    const run = await ledger.stack.slipway("rollback", "ledger", served, "--database", "restore", "--yes");
    assert.equal(run.code, 1, run.output);
    assert.match(run.stderr, /serves already, and nothing is restored .*: restore ledger BACKUP --only database/);
  });

  it("SC-04 RB-06 that leaves the data as it is makes no backup, says so, and needs no space for one", async () => {
    await ledger.stack.configure({ deploy: { "*": { watchSeconds: 0, freeGB: 900_000 } } });
    await ledger.stack.deployed();
    const before = await ledger.backups();
    const run = await ledger.stack.succeed("rollback", "ledger", "1.0.0", "--yes");
    assert.match(run.output, /INFO: ledger: no backup before release \w+: the rollback leaves the data as it is/);
    assert.match(run.output, /INFO: ledger: the gateway is healthy and accepts the new configuration/);
    assert.equal(await ledger.served(), ledger.first);
    assert.deepEqual(await ledger.backups(), before);
    await ledger.stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  });
});
