import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { type BackupEntry, type DatabaseContent, readIndex, updateEntry } from "../host/backup/backup-index";
import { backupProject } from "../host/backup/backup-project";
import { freeBytes } from "../host/backup/free-space";
import { proveBackup } from "../host/backup/prove-backup";
import { databaseSpace } from "../host/disk-space";
import { docker, exec } from "../host/docker";
import { DataHost } from "./support/data-host";
import { until } from "./support/until";

/** What a proof does with a backup when it fails. */
describe("a proof that fails", function () {
  this.timeout(120_000);
  let host: DataHost;
  const surroundings = { now: () => new Date(), freeBytes, minimumFreeBytes: 0 };
  const backup = () =>
    backupProject(host.layout, host.log, { project: "shop", type: "manual", by: "ann" }, surroundings);
  const prove = () => proveBackup(host.layout, host.log, { project: "shop", backup: "latest", by: "timer" });
  const newest = async () => (await readIndex(host.layout, "shop")).backups.at(-1);
  const isInProof = async () =>
    (await host.admin(
      "SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'shop_proof%' AND wait_event = 'PgSleep';",
    )) === "1";

  const create = async (databaseDiskMiB?: number) => {
    host = await DataHost.create(databaseDiskMiB);
    await host.sql("CREATE TABLE events (id int);", "INSERT INTO events SELECT generate_series(1, 1000);");
  };
  /** Of every row that is restored into the database of a proof. */
  const inProof = (statement: string) =>
    host.sql(
      "CREATE FUNCTION check_row(int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN",
      `  IF current_database() LIKE '%proof%' THEN ${statement}; END IF; RETURN true;`,
      "END $$;",
      "ALTER TABLE events ADD CHECK (public.check_row(id));",
    );
  const stays = async () => {
    const entry = await newest();
    assert.deepEqual(
      [entry?.verified, entry?.status, entry?.restored_at, entry?.note],
      [true, "verified", null, undefined],
    );
    assert.doesNotMatch(host.kept.text, /is bad/);
  };

  beforeEach(function () {
    this.timeout(300_000);
  });
  afterEach(() => host?.[Symbol.asyncDispose]());

  it("fault 15 by a SIGTERM, as of a shutdown, leaves the backup as it was", async () => {
    await create();
    await inProof("PERFORM pg_sleep(600)");
    const program = join(host.folder, "opt/slipway/host.js");
    const child = spawn(process.execPath, [program, "cli", "backup", "shop", "scheduled"], { stdio: "pipe" });
    let output = "";
    for (const channel of [child.stdout, child.stderr]) channel.on("data", (text) => (output += text));
    const closed = once(child, "close");
    await until("the proof to restore", isInProof);
    child.kill("SIGTERM");
    assert.deepEqual(await closed, [130, null], output);
    assert.match(output, /ERROR: shop: the proof of backup_\S+ could not be made, .* stays what it is: interrupted\n/);
    await stays();
  });

  it("fault 15 by a Postgres that goes away leaves the backup as it was", async () => {
    await create();
    await inProof("PERFORM pg_sleep(600)");
    await backup();
    const proving = prove();
    await until("the proof to restore", isInProof);
    await Promise.all([
      assert.rejects(proving, /the proof of backup_\S+ could not be made/),
      docker().getContainer(host.postgres).restart({ t: 0 }),
    ]);
    await stays();
  });

  it("fault 15 SC-13 by a limit of time leaves the backup as it was", async () => {
    await create();
    await inProof("PERFORM pg_sleep(600)");
    await backup();
    process.env.DATABASE_TIMEOUT = "1";
    try {
      await assert.rejects(prove(), /could not be made, .*it took longer than 1 s/);
    } finally {
      delete process.env.DATABASE_TIMEOUT;
    }
    await stays();
  });

  it("fault 7 fault 15 by a full volume of the databases leaves the backup as it was, and succeeds with room", async () => {
    await create(200);
    // Without a log of its writes, the lack of room meets the table and not all of Postgres.
    await host.sql(
      "CREATE UNLOGGED TABLE large (text text);",
      "INSERT INTO large SELECT encode(sha256(i::text::bytea), 'hex') FROM generate_series(1, 200000) AS i;",
    );
    await backup();
    const filler = "/var/lib/postgresql/data/filler";
    const { freeBytes: free } = await databaseSpace(host.postgres);
    assert.equal((await exec(host.postgres, ["fallocate", "-l", String(free - 16_000_000), filler])).exitCode, 0);
    await assert.rejects(prove(), /could not be made, .*no room for .*: it takes \d+ MB, and 16 MB of \d+ MB are free/);
    await stays();
    const entry = (await newest()) as BackupEntry;
    const { bytes, ...older } = entry.database as DatabaseContent;
    assert.ok(Number(bytes) > 16_000_000, `${bytes}`);
    await updateEntry(host.layout, { ...entry, database: older });
    await assert.rejects(prove(), /could not be made, .*No space left on device/);
    await stays();
    await exec(host.postgres, ["rm", filler]);
    assert.equal(typeof (await prove()).restored_at, "string");
  });

  it("fault 15 by an archive that cannot be restored marks the backup", async () => {
    await create();
    await inProof("RAISE EXCEPTION 'not again'");
    const { backup_id } = await backup();
    await assert.rejects(prove(), /restoring .* ended with 1: .*not again/s);
    const entry = await newest();
    assert.deepEqual([entry?.backup_id, entry?.verified, entry?.status], [backup_id, false, "failed"]);
    assert.match(host.kept.text, new RegExp(`${backup_id} is bad: .*; there is no good one: take a backup now`, "s"));
  });
});
