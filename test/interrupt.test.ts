import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn, spawnSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { backupsFolder, readIndex } from "../host/backup/backup-index";
import { withLock } from "../host/lock";
import { databasesBeside } from "../host/restore/fresh-database";
import { DataHost } from "./support/data-host";
import { boundaryText, EventStream } from "./support/event-stream";
import { sampleRelease } from "./support/machine-images";
import { helloLike } from "./support/sample-projects";
import { TestStack } from "./support/test-stack";
import { until } from "./support/until";

const INTERRUPTED = 130;
const RESTORE = ["restore", "shop", "latest", "--only", "database", "--yes"];

describe("Ctrl-C on a host", function () {
  this.timeout(120_000);
  let host: DataHost;

  beforeEach(async function () {
    this.timeout(300_000);
    host = await DataHost.create();
    // Each row takes a while to come back: a restore lasts long enough to be interrupted.
    await host.sql(
      "CREATE FUNCTION slow(i int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_catalog.pg_sleep(0.05); RETURN true; END $$;",
      "CREATE TABLE events (id int CHECK (slow(id)));",
      "INSERT INTO events SELECT generate_series(1, 60);",
    );
  });
  afterEach(() => host?.[Symbol.asyncDispose]());

  const program = () => join(host.folder, "opt/slipway/host.js");

  /** An operator's command, with what it has said so far. */
  function start(...args: string[]) {
    const child = spawn(process.execPath, [program(), "cli", ...args], { stdio: ["ignore", "pipe", "pipe"] });
    return { child, ...followed(child) };
  }

  const partial = async () =>
    (await readdir(backupsFolder(host.layout, "shop"))).filter((name) => name.endsWith(".partial"));

  it("SC-05 the first ends a backup, which leaves nothing; the exit code is 130", async () => {
    const letGo = await host.lockTable("events");
    const { child, said, code } = start("backup", "shop");
    await until("the dump to wait", async () => (await host.waiting("events")) === 2);
    child.kill("SIGINT");
    assert.equal(await code, INTERRUPTED, said());
    assert.match(
      said(),
      /WARN: \^C received; stopping, and tidying up what is half made\. To stop at once, press \^C again/,
    );
    assert.match(said(), /ERROR: shop: the backup failed: interrupted\n/);
    assert.deepEqual(await partial(), []);
    assert.deepEqual((await readIndex(host.layout, "shop")).backups, []);
    await letGo();
    await until("the dump to end", async () => !(await host.programs()).includes("pg_dump"));
    assert.equal(await start("backup", "shop").code, 0);
  });

  it("SC-09 the first ends a restore before anything is replaced, and its database is dropped; 130", async () => {
    assert.equal(await start("backup", "shop").code, 0);
    await host.sql("DELETE FROM events WHERE id = 1;");
    const { child, said, code } = start(...RESTORE, "--json");
    await until("the restore", async () => said().includes("into shop_restore_"), 60);
    child.kill("SIGTERM");
    assert.equal(await code, INTERRUPTED, said());
    assert.match(said(), /ERROR: shop: the restore failed: interrupted; the database of shop is untouched\n/);
    assert.match(said(), /"code":"slipway\.interrupted"/);
    assert.deepEqual(await databasesBeside(host.postgres, "shop", ["restore", "before"]), []);
    assert.equal(await host.sql("SELECT count(*) FROM events;"), "59");
  });

  /** The restore of what `start` began was given up as after a Ctrl-C, though nobody could be told. */
  async function assertGivenUp(): Promise<void> {
    const { log } = host.layout;
    const givenUp = /ERROR: shop: the restore failed: interrupted; the database of shop is untouched\n/;
    const look = async () => {
      assert.match(await readFile(log, "utf8"), givenUp);
      return true;
    };
    await until("the restore to be given up", look, 30);
    assert.equal(await host.sql("SELECT count(*) FROM events;"), "59");
    assert.deepEqual(await databasesBeside(host.postgres, "shop", ["restore", "before"]), []);
  }

  it("SC-09 a restore whose caller vanishes is given up, too: its connection was cut", async () => {
    assert.equal(await start("backup", "shop").code, 0);
    await host.sql("DELETE FROM events WHERE id = 1;");
    const { child, said, code } = start(...RESTORE);
    await until("the restore", async () => said().includes("into shop_restore_"), 60);
    child.stdout?.destroy();
    child.stderr?.destroy();
    assert.equal(await code, INTERRUPTED);
    await assertGivenUp();
  });

  it("SC-09 so is one whose terminal was closed", async function () {
    if (spawnSync("script", ["--version"]).status !== 0) this.skip();
    assert.equal(await start("backup", "shop").code, 0);
    await host.sql("DELETE FROM events WHERE id = 1;");
    const line = [process.execPath, program(), "cli", ...RESTORE].join(" ");
    const terminal = spawn("script", ["-qec", line, "/dev/null"], { stdio: ["ignore", "pipe", "ignore"] });
    const { said } = followed(terminal);
    await until("the restore", async () => said().includes("into shop_restore_"), 60);
    terminal.kill("SIGKILL");
    await assertGivenUp();
  });

  it("the second ends a restore at once; the next run tidies up and works", async () => {
    assert.equal(await start("backup", "shop").code, 0);
    const { child, said, code } = start(...RESTORE);
    await until("the restore", async () => said().includes("into shop_restore_"), 60);
    child.kill("SIGINT");
    child.kill("SIGTERM");
    assert.equal(await code, INTERRUPTED, said());
    assert.doesNotMatch(said(), /the restore failed/);
    const again = start(...RESTORE);
    await again.code; // That nothing serves here is another matter.
    assert.match(again.said(), /WARN: shop: dropped shop_restore_\w+, which a killed run had left\n/);
    assert.match(again.said(), /shop_restore_\w+ took its place/);
  });
});

describe("Ctrl-C during a deploy", function () {
  this.timeout(300_000);
  let stack: TestStack;

  before(async () => {
    const migrations = { container: "web", upgrade: ["sleep", "2"], current: ["echo", "1"] };
    stack = await TestStack.create({ projects: { projects: { hello: { ...helloLike("hello"), migrations } } } });
    await stack.configure({
      releases: { hello: { live: await sampleRelease("hello", "1.0.0", stack.registryPort) } },
    });
    await stack.deployed();
  });
  after(() => stack?.[Symbol.asyncDispose]());

  const file = () => readFile(stack.stackFile, "utf8");

  /** Deploys 1.1.0, and sends these signals when a step is about to begin. */
  async function interrupted(step: "migrate" | "rollout", ...signals: NodeJS.Signals[]) {
    let child: ChildProcess | undefined;
    let isReached = false;
    using events = new EventStream(stack.folder, (boundary) => {
      if (isReached || !new RegExp(`^before .*hello-${step}`).test(boundaryText(boundary))) return;
      isReached = true;
      for (const signal of signals) child?.kill(signal);
    });
    const command = stack.start(["deploy", "hello", "1.1.0", "--event-log", events.file]);
    child = command.child;
    return await command.done;
  }

  it("SC-03 before anything changed it ends at once, and says that nothing was changed", async () => {
    const before = await file();
    const { run } = await withLock(join(stack.folder, ".slipway/deploys", stack.name), "a test", 0, async () => {
      const { child, done } = stack.start(["deploy", "hello", "1.1.0"], {
        onOutput: (text) => void (text.includes("waiting for a test") && child.kill("SIGINT")),
      });
      return { run: await done };
    });
    assert.equal(run.code, INTERRUPTED, run.output);
    assert.match(run.stderr, /ERROR: \^C received; nothing was changed\nsee: docs\/scripts\.md#ctrl-c\n$/);
    assert.equal(await file(), before);
  });

  it("SC-03 RB-04 the first lets the step at hand end and takes the deploy back; 130", async () => {
    const before = await file();
    const release = await stack.servedRelease("hello.localhost");
    const run = await interrupted("migrate", "SIGINT");
    assert.equal(run.code, INTERRUPTED, run.output);
    assert.match(run.output, /\^C received; cancelling/);
    assert.match(run.stderr, /ERROR: Deploy of hello 1\.1\.0 failed: interrupted\n/);
    assert.match(run.stderr, /ERROR: Live: 1\.0\.0 \(release \w+\), as before/);
    assert.equal(await stack.servedRelease("hello.localhost"), release);
    assert.equal(await file(), before);
    assert.equal((await stack.containers({ "slipway.project": "hello" })).length, 1);
  });

  it("SC-03 the second stops at once: the configuration is as before, and says how to take away the rest", async () => {
    const before = await file();
    const run = await interrupted("migrate", "SIGINT", "SIGTERM");
    assert.equal(run.code, INTERRUPTED, run.output);
    assert.match(run.stderr, /ERROR: stopped at once; what 1\.1\.0 left is taken away by: slipway up --stack /);
    assert.equal(await file(), before);
    await stack.deployed();
    assert.equal((await stack.containers({ "slipway.project": "hello" })).length, 1);
    assert.match((await stack.get("hello.localhost")).body, /1\.0\.0/);
  });

  it("SC-03 RB-04 the first lets a rollout end that has begun: its release stays, and the next `up` does what is left", async () => {
    const run = await interrupted("rollout", "SIGINT");
    assert.equal(run.code, INTERRUPTED, run.output);
    assert.match(
      run.stderr,
      /WARN: interrupted after 1\.1\.0 went live, which stays; .* to go back: slipway rollback hello\n/,
    );
    assert.match(await file(), /live:\s+version: 1\.1\.0/);
    assert.match((await stack.get("hello.localhost")).body, /1\.1\.0/);
    const { stdout } = await stack.succeed("deployment-status", "hello", "--json");
    const { deployment_history: history } = JSON.parse(stdout);
    assert.deepEqual([history[0].version, history[0].result], ["1.1.0", "success"]);
    await stack.deployed();
    assert.match((await stack.get("hello.localhost")).body, /1\.1\.0/);
    await stack.succeed("rollback", "hello", "--yes");
  });

  it("is handed on to the host's program by the command of the checkout", async () => {
    const { child, done } = stack.start(["backup", "hello"], {
      onOutput: (text) => void (text.includes("INFO: Run") && child.kill("SIGINT")),
    });
    const run = await done;
    assert.match(run.output, /\^C received; stopping/);
    assert.ok(run.code === INTERRUPTED || /Backup complete/.test(run.stdout), run.output);
  });
});

/** What a process has said, and what it ends with. */
function followed(child: ChildProcess): { said(): string; code: Promise<number | null> } {
  let text = "";
  for (const channel of [child.stdout, child.stderr]) {
    channel?.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
  }
  return { said: () => text, code: new Promise((done) => child.once("close", done)) };
}
