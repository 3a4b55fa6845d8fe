import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { isJournalOpen, openJournal, takeDataBack } from "../host/data-journal";
import { currentFiles } from "../host/generation";
import { lockHolder } from "../host/lock";
import { Log } from "../host/log";
import { readRecord } from "../host/record";
import { databasesBeside } from "../host/restore/fresh-database";
import { routePaths } from "../host/route-paths";
import { layoutOf } from "./support/host-program";
import { Ledger } from "./support/ledger/ledger";
import { underLoad } from "./support/ledger/under-load";
import { until } from "./support/until";

describe("data that changes together with a switch", function () {
  this.timeout(180_000);
  let ledger: Ledger;

  beforeEach(async () => {
    ledger = await Ledger.create();
  });
  afterEach(() => ledger?.[Symbol.asyncDispose]());

  const hasNote = async () =>
    (await ledger.sql(
      "select 1 from information_schema.columns where table_name = 'rows' and column_name = 'note'",
    )) !== "";
  const rows = async () => Number(await ledger.sql("select count(*) from rows"));
  const write = (n: number) => ledger.stack.get(ledger.host, `/rows?n=${n}`, { method: "POST" });

  it("MT-08 PU-11 a release that was left with its data is migrated again when its images are configured by hand", async () => {
    const web = await ledger.build("2.0.0", { revision: "r2" });
    await ledger.stack.succeed("deploy", "ledger", "2.0.0");
    await ledger.stack.succeed("rollback", "ledger", "--yes");
    assert.equal(await hasNote(), false);
    const { config } = parse(await readFile(ledger.stack.stackFile, "utf8"));
    const entry = config["slipway:releases"].ledger;
    assert.ok(entry.restore, "the used restore still stands there");
    await ledger.stack.configure({ releases: { ledger: { ...entry, live: { version: "2.0.0", images: { web } } } } });
    await ledger.stack.deployed();
    assert.notEqual(await ledger.served(), ledger.first);
    assert.equal(await hasNote(), true);
  });

  it("OV-09 RB-12 a restore after which the release's own migration fails is taken back: no row is lost", async () => {
    await write(1);
    await ledger.stack.succeed("backup", "ledger");
    const backup = (await ledger.backups()).at(-1)?.backup_id as string;
    await write(2);
    const web = await ledger.build("2.0.0", { revision: "r2", migration: "half" });
    const restore = { backup, nonce: "first" };
    await ledger.stack.configure({ releases: { ledger: { live: { version: "2.0.0", images: { web } }, restore } } });
    const run = await ledger.stack.slipway("up", "--yes", "--skip-preview");
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /ledger_before_\w+ is the project's database again; nobody has written since/);
    assert.equal(await ledger.served(), ledger.first);
    assert.equal(await rows(), 2);
    assert.equal(await hasNote(), false);
    await until("requests to be answered", async () => (await write(3)).status === 201, 20);

    // What the migration left half done is not used again: the same restore is prepared anew.
    const again = await ledger.stack.slipway("up", "--yes", "--skip-preview");
    assert.equal(again.code, 1, again.output);
    assert.match(again.output, /INFO: ledger: ledger_restore_\w+ is ready; the rollout swaps it in/);
    assert.match(again.output, /ledger_before_\w+ is the project's database again; nobody has written since/);
    assert.deepEqual([await ledger.served(), await rows()], [ledger.first, 3]);
  });

  it("MT-08 MT-13 what a killed migration left running is ended before the data is put back", async () => {
    const layout = layoutOf(ledger.stack);
    const { postgres } = await ledger.stack.infrastructure();
    const container = await ledger.stack.docker.createContainer({
      Image: (await ledger.stack.docker.getContainer(postgres as string).inspect()).Image,
      Entrypoint: ["sleep", "600"],
      Labels: { "slipway.stack": ledger.stack.name, "slipway.project": "ledger", "slipway.service": "migrate" },
    });
    await container.start();
    await openJournal(layout, "ledger", { upgrade: true });
    await takeDataBack(layout, new Log(layout.log, { informationTo: "nowhere" }), "ledger");
    await assert.rejects(container.inspect(), { statusCode: 404 });
    assert.equal(await isJournalOpen(layout, "ledger"), false);
  });

  it("MT-13 PU-06 a deploy that is killed after its migration is taken back before anybody writes again", async () => {
    await ledger.redeclare({ migrations: { compatible: false }, health: { deadlineSeconds: 60 } });
    await write(1);
    await ledger.build("2.0.0", { revision: "r2", fault: "unhealthy" });
    const { child, done } = ledger.stack.start(["deploy", "ledger", "2.0.0"]);
    await until("the migration", hasNote, 60);
    const holder = await lockHolder(layoutOf(ledger.stack).project("ledger"));
    child.kill("SIGKILL");
    process.kill(holder?.pid as number, "SIGKILL");
    await done;
    await until("requests to be answered", async () => (await write(2)).status === 201, 60);
    assert.equal(await hasNote(), false);
    assert.equal(await rows(), 2);
    const { postgres } = await ledger.stack.infrastructure();
    assert.deepEqual(await databasesBeside(postgres as string, "ledger", ["restore"]), []);
    assert.match(await ledger.stack.hostLog(), /the database goes back to backup_\S+, from before the change/);
  });

  it("PU-06 RB-12 what a killed deploy changed is taken back without any command once Postgres, away then, answers again", async () => {
    await ledger.redeclare({ migrations: { compatible: false }, health: { deadlineSeconds: 60 } });
    await write(1);
    await ledger.build("2.0.0", { revision: "r2", fault: "unhealthy" });
    const { child, done } = ledger.stack.start(["deploy", "ledger", "2.0.0"]);
    await until("the migration", hasNote, 60);
    const { postgres } = await ledger.stack.infrastructure();
    const container = ledger.stack.docker.getContainer(postgres as string);
    const holder = await lockHolder(layoutOf(ledger.stack).project("ledger"));
    await container.stop();
    child.kill("SIGKILL");
    process.kill(holder?.pid as number, "SIGKILL");
    await done;
    const tried = /ERROR: ledger: its requests stay answered 503; to let it go is tried again/;
    await until("the guard to have tried", async () => tried.test(await ledger.stack.hostLog()), 60);
    assert.equal((await write(2)).status, 503);
    await container.start();
    await until("requests to be answered", async () => (await write(2)).status === 201, 90);
    assert.deepEqual([await hasNote(), await rows()], [false, 2]);
  });

  it("MT-13 RB-12 a release that fails after clients wrote to it keeps the traffic: the one before never serves on its schema", async () => {
    await ledger.stack.configure({ deploy: { "*": { watchSeconds: 20, holdSeconds: 20, settleSeconds: 1 } } });
    await ledger.redeclare({ migrations: { compatible: false, downgrade: undefined } });
    await ledger.build("2.0.0", { revision: "r2", fault: "errors" });
    const { outcome } = await underLoad(ledger, () => ledger.stack.slipway("deploy", "ledger", "2.0.0"), {
      allowFailures: true,
    });
    assert.equal(outcome.code, 1, outcome.output);
    assert.match(outcome.output, /Live: 2\.0\.0 \(release [0-9a-f]{10}\), which keeps the traffic/);
    assert.doesNotMatch(outcome.output, /Rollback complete/);
    const second = await ledger.served();
    assert.notEqual(second, ledger.first);

    // The configuration is as before: each `up` would go back, and says why it cannot.
    const up = await ledger.stack.slipway("up", "--yes", "--skip-preview");
    assert.equal(up.code, 1, up.output);
    const [, backup = ""] =
      /rows were written since \(.*rows.*\).*rollback ledger --database restore --backup (backup_[^;\s]+)/.exec(
        up.output,
      ) ?? assert.fail(up.output);
    const { degraded } = await ledger.state<{ degraded?: { release: string } }>("record.json");
    assert.deepEqual([await ledger.served(), await hasNote(), degraded?.release], [second, true, second]);

    await ledger.stack.succeed("rollback", "ledger", "--database", "restore", "--backup", backup, "--yes");
    assert.deepEqual([await ledger.served(), await hasNote()], [ledger.first, false]);
    await ledger.stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  });

  it("MT-13 PU-11 an earlier configuration brings the data back with its release, while nobody has written since", async () => {
    await ledger.redeclare({ migrations: { compatible: false, downgrade: undefined } });
    await write(1);
    const { config } = parse(await readFile(ledger.stack.stackFile, "utf8"));
    await ledger.build("2.0.0", { revision: "r2" });
    await ledger.stack.succeed("deploy", "ledger", "2.0.0");
    assert.equal(await hasNote(), true);
    await ledger.stack.configure({ releases: config["slipway:releases"] });
    await ledger.stack.deployed();
    assert.deepEqual([await ledger.served(), await hasNote(), await rows()], [ledger.first, false, 1]);
  });

  it("MT-13 MT-08 a switch that the gateway does not confirm goes back with its data, and nobody could write meanwhile", async () => {
    await ledger.redeclare({ migrations: { compatible: false } });
    await ledger.build("2.0.0", { revision: "r2", fault: "unconfirmed" });
    const { outcome } = await underLoad(ledger, () => ledger.stack.slipway("deploy", "ledger", "2.0.0"), {
      allowFailures: true,
    });
    assert.equal(outcome.code, 1, outcome.output);
    assert.match(outcome.output, /traffic could not be switched to \w+: after 10 s the gateway at \S+ still answers/);
    assert.deepEqual([await ledger.served(), await hasNote()], [ledger.first, false]);
    await until("requests to be answered", async () => (await write(1)).status === 201);
  });

  it("MT-13 PU-06 a deploy that is killed while its switch is confirmed goes back before anybody writes again", async () => {
    await ledger.redeclare({ migrations: { compatible: false } });
    await write(1);
    await ledger.build("2.0.0", { revision: "r2", fault: "unconfirmed" });
    const { child, done } = ledger.stack.start(["deploy", "ledger", "2.0.0"]);
    const layout = layoutOf(ledger.stack);
    await until("the switch", async () => (await readRecord(layout, "ledger")).switching !== undefined, 60);
    await until("the new routes", async () => {
      const [locations] = await currentFiles(layout, [routePaths("ledger").locations]);
      return !locations?.includes(` ${ledger.first};`);
    });
    assert.equal((await write(2)).status, 503);
    const holder = await lockHolder(layout.project("ledger"));
    child.kill("SIGKILL");
    process.kill(holder?.pid as number, "SIGKILL");
    await done;
    await until("requests to be answered", async () => (await write(3)).status === 201, 60);
    assert.deepEqual([await ledger.served(), await hasNote(), await rows()], [ledger.first, false, 2]);
  });
});
