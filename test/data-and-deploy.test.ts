import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { changeGateway } from "../host/change-gateway";
import { openJournal } from "../host/data-journal";
import { holdPath } from "../host/left-held";
import { routePaths } from "../host/route-paths";
import { engineMessages } from "../scripts/setup/engine-answer";
import { LoopbackRegistry } from "./golden/loopback-registry";
import { layoutOf, onHost } from "./support/host-program";
import { Ledger } from "./support/ledger/ledger";
import { openTransaction } from "./support/ledger/open-transaction";
import { underLoad } from "./support/ledger/under-load";
import { leaveLock } from "./support/left-lock";
import { note } from "./support/note";
import { until } from "./support/until";

/** Answers while writers are held are no failure of the gateway: it says when to ask again. */
const HELD = /status 503/;

describe("a deploy and the data", function () {
  this.timeout(180_000);
  let ledger: Ledger;

  beforeEach(async () => {
    ledger = await Ledger.create();
  });
  afterEach(() => ledger?.[Symbol.asyncDispose]());

  const columns = () =>
    ledger.sql(
      "select string_agg(column_name, ',' order by ordinal_position) from information_schema.columns where table_name = 'rows'",
    );
  const rows = async () => Number(await ledger.sql("select count(*) from rows"));
  const write = (n: number) => ledger.stack.get(ledger.host, `/rows?n=${n}`, { method: "POST" });

  it("OV-12 MT-06 MT-15 a deploy leaves a backup from before it, one of its success, and says which in the manifest", async () => {
    await ledger.build("2.0.0", { revision: "r2" });
    const run = await ledger.stack.succeed("deploy", "ledger", "2.0.0");
    assert.match(run.output, /INFO: Backup created: .*backup_\d{8}_\d{6}.*\/database\.dump\.zst/);
    const { current_deployment } = await ledger.state<{ current_deployment: { backup: string } }>("manifest.json");
    assert.match(current_deployment.backup, /^backup_\d{8}_\d{6}/);
    const listed = (await ledger.backups()).map(({ backup_type, schema_revision, verified }) => [
      backup_type,
      schema_revision,
      verified,
    ]);
    assert.deepEqual(listed.slice(-2), [
      ["pre_deployment", "r1", true],
      ["success", "r2", true],
    ]);
  });

  it("PU-11 OV-09 RB-07 a rollback over a migration restores the fitting backup once, says what is lost, and no later up repeats it", async () => {
    await write(1);
    await ledger.build("2.0.0", { revision: "r2" });
    await ledger.stack.succeed("deploy", "ledger", "2.0.0");
    await write(2);
    assert.equal(await rows(), 2);
    const run = await ledger.stack.succeed("rollback", "ledger", "--yes");
    assert.match(run.output, /database: restored from backup_\S+: the writes of the last 1 minutes are lost/);
    assert.match(run.output, /Rollback successful: 1\.0\.0/);
    assert.equal(await ledger.served(), ledger.first);
    assert.equal(await rows(), 1);
    assert.doesNotMatch(await columns(), /note/);
    await write(3);
    await ledger.stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.equal(await rows(), 2);
    assert.equal((await write(4)).status, 201);
  });

  it("RB-07 PU-06 a rollback that could not begin leaves the configuration as it was, so that no later up restores anything", async () => {
    await ledger.build("2.0.0", { revision: "r2" });
    await ledger.stack.succeed("deploy", "ledger", "2.0.0");
    const before = await readFile(ledger.stack.stackFile, "utf8");
    await leaveLock(ledger.stack, process.pid);
    const run = await ledger.stack.slipway("rollback", "ledger", "--yes", "--lock-wait", "0");
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /currently locked by 1 lock/);
    assert.equal(await readFile(ledger.stack.stackFile, "utf8"), before);
  });

  it("OV-10 OV-09 a release whose image is gone, here and with its registry, comes back by its backup's own tag, with its data", async () => {
    const registry = await LoopbackRegistry.start();
    const image = await movedTo(registry, await ledger.build("1.1.0"));
    const second = await ledger.build("2.0.0", { revision: "r2" });
    const live = (version: string, web: string) => ({ releases: { ledger: { live: { version, images: { web } } } } });
    await ledger.stack.configure(live("1.1.0", image));
    await ledger.stack.deployed();
    const release = await ledger.served();
    await write(1);
    await ledger.stack.configure(live("2.0.0", second));
    await ledger.stack.deployed();
    await write(2);
    await registry.stop();
    await ledger.stack.docker.getImage(image).remove();

    const { stdout: targets } = await ledger.stack.succeed("deployment-status", "ledger", "--rollback");
    assert.match(targets, /1\.1\.0/);
    const run = await ledger.stack.succeed("rollback", "ledger", "1.1.0", "--yes");
    assert.match(run.output, /WARN: ledger: the image of web is gone; a backup's own tag of it is used/);
    const [, tag] =
      /is gone and cannot be pulled \(.*\); using (slipway-backup\/\S+:backup_\S+)/.exec(
        await ledger.stack.hostLog(),
      ) ?? assert.fail("no tag was used");
    assert.match(run.output, /database: restored from backup_\S+/);
    assert.equal(await ledger.served(), release);
    assert.equal(await rows(), 1);
    assert.doesNotMatch(await columns(), /note/);
    const [web] = await ledger.stack.containers({ "slipway.project": "ledger", "slipway.release": release });
    assert.equal(web?.ImageID, (await ledger.stack.docker.getImage(tag as string).inspect()).Id);
    await ledger.stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");

    // It can be left, and come back as a standby.
    await ledger.stack.succeed("rollback", "ledger", "2.0.0", "--yes", "--database", "keep");
    await ledger.stack.succeed("rollback", "ledger", "--yes", "--database", "keep");
    assert.equal(await ledger.served(), release);
    await ledger.stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  });

  /** An image of the stack's registry in another one, and nowhere else. */
  async function movedTo(registry: LoopbackRegistry, reference: string): Promise<string> {
    const { docker } = ledger.stack;
    const repo = `127.0.0.1:${registry.port}/ledger`;
    for await (const _ of engineMessages(await docker.pull(reference)));
    await docker.getImage(reference).tag({ repo, tag: "moved" });
    for await (const _ of engineMessages(await docker.getImage(`${repo}:moved`).push({ authconfig: {} })));
    const { RepoDigests } = await docker.getImage(`${repo}:moved`).inspect();
    await docker.getImage(`${repo}:moved`).remove();
    await docker.getImage(reference).remove();
    return RepoDigests.find((digest) => digest.startsWith(repo)) as string;
  }

  it("RB-14 RB-07 on the host alone: to the standby with its data, and the next `up` says so and leaves it", async () => {
    await write(1);
    await ledger.build("2.0.0", { revision: "r2" });
    await ledger.stack.succeed("deploy", "ledger", "2.0.0");
    await write(2);
    const refused = await onHost(ledger.stack, ["rollback", "ledger"]);
    assert.equal(refused.code, 1, refused.stderr);
    const run = await onHost(ledger.stack, ["rollback", "ledger", "--yes"]);
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.match(run.stdout, /Rollback successful: 1\.0\.0/);
    assert.equal(await ledger.served(), ledger.first);
    assert.equal(await rows(), 1);
    await write(3);
    const again = await onHost(ledger.stack, ["rollback", "ledger", "--yes"]);
    assert.equal(again.code, 0, again.stdout + again.stderr);
    assert.match(again.stdout, new RegExp(`traffic goes to release ${ledger.first} \\(1\\.0\\.0\\) already`));
    assert.deepEqual([await ledger.served(), await rows()], [ledger.first, 2]);
    const up = await ledger.stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
    assert.match(up.output, new RegExp(`ledger: traffic is held on release ${ledger.first}`));
    assert.equal(await ledger.served(), ledger.first);

    // The release that traffic is held away from, with its data.
    const success = (await ledger.backups()).findLast(({ backup_type }) => backup_type === "success")?.backup_id;
    await ledger.stack.succeed("rollback", "ledger", "2.0.0", "--backup", success as string, "--yes");
    assert.notEqual(await ledger.served(), ledger.first);
    assert.equal(await rows(), 1);
    await ledger.stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("RB-14 MT-08 a deploy that fails leaves the database alone that the host went back with, for the release held away", async () => {
    await ledger.redeclare({ health: { deadlineSeconds: 3 } });
    const first = await ledger.served();
    await ledger.build("2.0.0", { revision: "r2" });
    await ledger.stack.succeed("deploy", "ledger", "2.0.0");
    const back = await onHost(ledger.stack, ["rollback", "ledger", "--yes"]);
    assert.equal(back.code, 0, back.stdout + back.stderr);
    assert.doesNotMatch(await columns(), /note/);
    await ledger.build("2.1.0", { fault: "unhealthy" });
    const run = await ledger.stack.slipway("deploy", "ledger", "2.1.0");
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /Rollback complete/);
    assert.equal(await ledger.served(), first);
    assert.doesNotMatch(await columns(), /note/);
    await ledger.stack.succeed("up", "--yes", "--skip-preview");
    assert.doesNotMatch(await columns(), /note/);
  });

  /** On the host, with a restore. */
  function startRollback() {
    const program = `${ledger.stack.folder}/.slipway/opt/slipway/host.js`;
    const child = spawn(process.execPath, [program, "cli", "rollback", "ledger", "--yes"], { stdio: "ignore" });
    return { child, ended: new Promise((done) => child.once("close", done)) };
  }

  it("RB-11 a rollback that is killed after its database was prepared goes on from there", async () => {
    await write(1);
    await ledger.build("2.0.0", { revision: "r2" });
    await ledger.stack.succeed("deploy", "ledger", "2.0.0");
    const { child, ended } = startRollback();
    await until("the prepared database", () => existsSync(ledger.stateFile("prepared-restore.json")));
    child.kill("SIGKILL");
    await ended;
    const run = await onHost(ledger.stack, ["rollback", "ledger", "--yes"]);
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.match(run.stdout, /INFO: ledger: ledger_restore_\S+ was prepared before; going on from there/);
    assert.equal(await ledger.served(), ledger.first);
    assert.equal(await rows(), 1);
    await until("requests to be answered", async () => (await write(2)).status === 201);
    const forward = await onHost(ledger.stack, ["rollback", "ledger", "2.0.0", "--database", "keep", "--yes"]);
    assert.equal(forward.code, 0, forward.stdout + forward.stderr);
    assert.notEqual(await ledger.served(), ledger.first);
    // It was still not well: nothing is held away from it that would keep it there.
    const back = await onHost(ledger.stack, ["rollback", "ledger", "--database", "keep", "--yes"]);
    assert.equal(back.code, 0, back.stdout + back.stderr);
    assert.equal(await ledger.served(), ledger.first);
  });

  it("SC-04 RB-12 on the host alone a database that cannot take the other's place exits 3, and all is as it was", async () => {
    await write(1);
    await ledger.build("2.0.0", { revision: "r2" });
    await ledger.stack.succeed("deploy", "ledger", "2.0.0");
    const live = await ledger.served();
    await write(2);
    const { child, ended } = startRollback();
    await until("the prepared database", () => existsSync(ledger.stateFile("prepared-restore.json")));
    child.kill("SIGKILL");
    await ended;
    const { database } = await ledger.state<{ database: string }>("prepared-restore.json");
    const session = await openTransaction(ledger, "select 1;", database);
    const run = await onHost(ledger.stack, ["rollback", "ledger", "--yes"]);
    await session.release();
    assert.equal(run.code, 3, run.stdout + run.stderr);
    assert.match(run.stderr, /ledger_restore_\S+ could not take the place of ledger, which is as it was/);
    assert.equal(await ledger.served(), live);
    assert.equal(await rows(), 2);
    await until("requests to be answered", async () => (await write(3)).status === 201);
    const again = await onHost(ledger.stack, ["rollback", "ledger", "--yes"]);
    assert.equal(again.code, 0, again.stdout + again.stderr);
    assert.equal(await ledger.served(), ledger.first);
  });

  it("SC-05 SC-06 on the host alone a scheduled backup is proven by a restore into a scratch database", async () => {
    await write(1);
    const run = await onHost(ledger.stack, ["backup", "ledger", "scheduled"]);
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.match(run.stdout, /was restored into a scratch database, and all rows are there/);
    assert.match(run.stdout.trimEnd().split("\n").at(-1) ?? "", /Backup proven: .*\/database\.dump\.zst$/);
    const restored = await onHost(ledger.stack, ["restore", "ledger", "latest", "--only", "database", "--yes"]);
    assert.equal(restored.code, 0, restored.stdout + restored.stderr);
    assert.match(restored.stdout, /Restore successful/);
    assert.equal(await rows(), 1);
  });

  it("MT-17 on the host alone a restore ends the change that a killed command left: nothing is taken back after it", async () => {
    await write(1);
    const layout = layoutOf(ledger.stack);
    const backup = await onHost(ledger.stack, ["backup", "ledger"]);
    assert.equal(backup.code, 0, backup.stdout + backup.stderr);
    await write(2);
    await openJournal(layout, "ledger", { backup: "backup_20200101_000000" });
    const { gateway = "" } = await ledger.stack.infrastructure();
    await changeGateway(layout, gateway, "test", {
      [holdPath("ledger")]: 'return 503 "held";\n',
      [routePaths("ledger").locations]:
        'set $slipway_release next;\nlocation / { return 200 "of the next release"; }\n',
    });
    await until("the hold", async () => (await write(3)).status === 503);

    const restored = await onHost(ledger.stack, ["restore", "ledger", "latest", "--only", "database", "--yes"]);
    assert.equal(restored.code, 0, restored.stdout + restored.stderr);
    await until("an answer", async () => (await write(4)).status === 201);
    assert.deepEqual([await ledger.served(), await rows()], [ledger.first, 2]);
    const up = await ledger.stack.deployed();
    assert.doesNotMatch(up.output, /goes back to/);
    assert.equal(await rows(), 2);
  });

  it("SC-04 on the host alone a version that is no standby exits 2, and says what there is", async () => {
    const run = await onHost(ledger.stack, ["rollback", "ledger", "0.1.0", "--yes"]);
    assert.equal(run.code, 2, run.stdout + run.stderr);
    assert.match(run.stderr, /0\.1\.0 is not running on this host: there is no standby here/);
  });

  it("fault 22 SC-03 a migration that is not transactional and fails half way is taken back without losing a row: exit 3", async () => {
    await ledger.redeclare({
      migrations: { transactional: false, upgrade: ["bash", "-c", "python3 /srv/ledger.py upgrade; exit 1"] },
    });
    await ledger.build("2.0.0", { revision: "r2" });
    const { outcome, load, writer, text } = await underLoad(
      ledger,
      () => ledger.stack.slipway("deploy", "ledger", "2.0.0"),
      { allowFailures: true },
    );
    assert.equal(outcome.code, 3, outcome.output);
    assert.match(outcome.output, /the database goes back to backup_\S+, from before the change/);
    for (const { what } of load.failures) assert.match(what, HELD);
    for (const what of writer.failures) assert.match(what, HELD);
    assert.equal(await ledger.served(), ledger.first);
    assert.doesNotMatch(await columns(), /note/);
    note(this.ctx, `${text}; the old release served; exit 3`);
  });

  it("MT-13 a release whose migration the one before does not stand is brought live in one step, and its rows are kept", async () => {
    await ledger.redeclare({ migrations: { compatible: false } });
    await ledger.build("2.0.0", { revision: "r2" });
    const { outcome, load, writer } = await underLoad(ledger, () => ledger.stack.slipway("deploy", "ledger", "2.0.0"), {
      allowFailures: true,
    });
    assert.equal(outcome.code, 0, outcome.output);
    for (const { what } of load.failures) assert.match(what, HELD);
    for (const what of writer.failures) assert.match(what, HELD);
    assert.match(await columns(), /note/);
    assert.notEqual(await ledger.served(), ledger.first);
  });

  it("MT-13 so is one that comes with another domain, where the hold is asked for by then", async () => {
    const web = await ledger.build("2.0.0", { revision: "r2" });
    const domains = { local: ["books.localhost"] };
    await ledger.declare({ migrations: { compatible: false }, project: { domains } });
    await ledger.stack.configure({ releases: { ledger: { live: { version: "2.0.0", images: { web } } } } });
    await ledger.stack.deployed();
    const served = await ledger.stack.servedRelease("books.localhost");
    assert.ok(served !== "" && served !== ledger.first, served);
    assert.match(await columns(), /note/);
  });

  it("MT-13 where it then is not healthy, schema and traffic are as before, and no acknowledged row is lost", async () => {
    await ledger.redeclare({ migrations: { compatible: false }, health: { deadlineSeconds: 3 } });
    const before = await ledger.served();
    await ledger.build("2.0.0", { revision: "r2", fault: "unhealthy" });
    const { outcome, load } = await underLoad(ledger, () => ledger.stack.slipway("deploy", "ledger", "2.0.0"), {
      allowFailures: true,
    });
    assert.equal(outcome.code, 1, outcome.output);
    for (const { what } of load.failures) assert.match(what, HELD);
    assert.equal(await ledger.served(), before);
    assert.doesNotMatch(await columns(), /note/);
    assert.equal((await write(999_999)).status, 201);
  });
});
