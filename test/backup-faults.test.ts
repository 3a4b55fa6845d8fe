import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DEFAULT_LIMITS } from "../config/container-limits";
import { backupsFolder, readIndex, updateEntry } from "../host/backup/backup-index";
import { backupProject, type Surroundings } from "../host/backup/backup-project";
import { freeBytes } from "../host/backup/free-space";
import { preDeployBackup } from "../host/backup/pre-deploy-backup";
import { proveBackup } from "../host/backup/prove-backup";
import { ensureDatabase, removeDatabase } from "../host/database";
import { databaseSpace } from "../host/disk-space";
import { exec } from "../host/docker";
import { checkPostgres } from "../host/health/platform";
import { LockedError, withLock } from "../host/lock";
import { migrate } from "../host/migrate";
import type { PlatformDescription } from "../host/requests";
import { findBackup } from "../host/restore/find-backup";
import { databasesBeside } from "../host/restore/fresh-database";
import { restoreProject } from "../host/restore/restore-project";
import { DataHost } from "./support/data-host";
import { assertHarmless, trapIn } from "./support/hostile-tenant";
import { machineImages } from "./support/machine-images";
import { replaceProgram } from "./support/postgres-program";
import { SmallDisk } from "./support/small-disk";
import { until } from "./support/until";

const DAY = 86_400_000;

describe("faults of backups and restores", function () {
  this.timeout(60_000);
  let host: DataHost;
  const real: Surroundings = { now: () => new Date(), freeBytes, minimumFreeBytes: 0 };
  const backup = (surroundings?: Surroundings, lockWaitSeconds = 0) =>
    backupProject(host.layout, host.log, { project: "shop", type: "manual", by: "ann", lockWaitSeconds }, surroundings);
  const restore = (named = "latest") =>
    restoreProject(host.layout, host.log, { project: "shop", backup: named, parts: ["database"], by: "ann" });
  const folder = () => backupsFolder(host.layout, "shop");
  const listed = async () => (await readIndex(host.layout, "shop")).backups;
  const count = () => host.sql("SELECT count(*) FROM events;");

  beforeEach(async function () {
    this.timeout(300_000);
    host = await DataHost.create();
    await host.sql(
      "CREATE TABLE events (id int PRIMARY KEY, name text);",
      "INSERT INTO events SELECT i, encode(sha256(i::text::bytea), 'hex') FROM generate_series(1, 1000) AS i;",
    );
  });
  afterEach(() => host?.[Symbol.asyncDispose]());

  it("fault 4: a backup that is killed leaves no file under a final name and no dump running; the next one works", async () => {
    const good = await backup();
    const letGo = await host.lockTable("events");
    const { child, done } = host.start("pre-deploy-backup", { project: "shop", release: "bbbbbbbbbb" });
    await until("the dump to wait", async () => (await host.waiting("events")) === 2);
    child.kill("SIGKILL");
    await done;
    await until("the dump to end", async () => !(await host.programs()).includes("pg_dump"));
    const [partial] = (await readdir(folder())).filter((name) => name.endsWith(".partial"));
    assert.ok(partial);
    assert.deepEqual(
      (await listed()).map(({ backup_id }) => backup_id),
      [good.backup_id],
    );

    await letGo();
    const next = await backup();
    assert.match(host.kept.text, new RegExp(`WARN: shop: removed .*${partial}, which a killed run had left`));
    assert.deepEqual((await readdir(folder())).sort(), [good.backup_id, "backup_index.json", next.backup_id].sort());
    assert.equal(await count(), "1000"); // And no session of anybody was ended.
  });

  it("fault 4: one that is whole but was killed before it was listed is listed by the next", async () => {
    const unlisted = await backup();
    await writeFile(join(folder(), "backup_index.json"), JSON.stringify({ backups: [] }));
    const next = await backup();
    assert.deepEqual(
      (await listed()).map(({ backup_id }) => backup_id),
      [unlisted.backup_id, next.backup_id],
    );
    await writeFile(join(folder(), "backup_index.json"), '{"backups": [{"backup_id"'); // Cut off.
    assert.deepEqual(
      (await listed()).map(({ backup_id }) => backup_id),
      [unlisted.backup_id, next.backup_id],
    );
  });

  it("fault 5: a restore that is killed leaves the database untouched, and the next one clears up", async () => {
    await host.sql(
      "CREATE FUNCTION slow(int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN",
      "  IF current_database() LIKE '%restore%' THEN PERFORM pg_sleep(600); END IF; RETURN true;",
      "END $$;",
      "ALTER TABLE events ADD CHECK (public.slow(id));",
    );
    const { backup_id } = await backup();
    const { child, done } = host.start("restore-prepare", { project: "shop", backup: backup_id, nonce: "n" });
    const inRestore =
      "SELECT count(*) FROM pg_stat_activity WHERE datname LIKE 'shop_restore%' AND wait_event = 'PgSleep';";
    await until("the restore to be in the middle", async () => (await host.admin(inRestore)) === "1");
    await host.sql("INSERT INTO events VALUES (1001, 'while it restores');");
    child.kill("SIGKILL");
    await done;
    assert.equal(await count(), "1001");
    const [left] = await databasesBeside(host.postgres, "shop", ["restore"]);

    await host.sql("ALTER TABLE events DROP CONSTRAINT events_id_check;");
    await backup();
    await restore();
    assert.match(host.kept.text, new RegExp(`WARN: shop: dropped ${left}, which a killed run had left`));
    assert.equal(await count(), "1001");
    assert.deepEqual(await databasesBeside(host.postgres, "shop", ["restore"]), []);
  });

  describe("on a full disk", () => {
    let disk: SmallDisk;

    beforeEach(async function () {
      if (!SmallDisk.canMount()) this.skip();
      disk = await SmallDisk.mount(join(host.folder, "small"), 4_000_000);
      host.layout.backups = disk.folder;
    });
    afterEach(() => disk?.[Symbol.asyncDispose]());

    it("fault 6: while it dumps: says so, leaves nothing, and keeps the good ones before", async () => {
      const good = await backup({ ...real, freeBytes: async () => 1e12 });
      await host.sql(
        "INSERT INTO events SELECT i, encode(sha256(random()::text::bytea), 'hex') FROM generate_series(2000, 200000) AS i;",
      );
      // What was free when it began is used up by others meanwhile.
      await assert.rejects(backup({ ...real, freeBytes: async () => 1e12 }), {
        exitCode: 1,
        message: /shop: the backup failed: .*no space left on device/i,
      });
      assert.deepEqual((await readdir(folder())).sort(), [good.backup_id, "backup_index.json"]);
      assert.deepEqual(await listed(), [good]);
      await until("the dump to end", async () => !(await host.programs()).includes("pg_dump"));
      assert.equal((await findBackup(host.layout, "shop", "latest")).entry.backup_id, good.backup_id);
    });

    it("fault 8 SC-05: refused before it starts where the estimate or 2 GB do not fit, with both numbers", async () => {
      await assert.rejects(backup(real), {
        exitCode: 3,
        message: /the database has 0\.01 GB, and .*\/small\/shop has only 0\.00 GB free/,
      });
      await assert.rejects(backup(), { exitCode: 3, message: /has 0\.00 GB free; a backup needs 2\.00 GB/ });
      assert.deepEqual(await readdir(folder()), []);
    });
  });

  it("fault 7: with the database's volume nearly full no backup is begun, health tells it, and all goes on once there is space", async () => {
    await using small = await DataHost.create(200);
    const make = () => backupProject(small.layout, small.log, { project: "shop", type: "manual", by: "ann" }, real);
    const health = () => checkPostgres({ postgres: small.postgres } as PlatformDescription);
    await small.sql("CREATE TABLE events (id int);", "INSERT INTO events VALUES (1);");
    const { freeBytes: free } = await databaseSpace(small.postgres);
    const filler = "/var/lib/postgresql/data/filler";
    const run = (...command: string[]) => exec(small.postgres, command);
    assert.equal((await run("fallocate", "--length", String(free - 4_000_000), filler)).exitCode, 0);

    await assert.rejects(make(), {
      exitCode: 3,
      message: /^the volume of the databases is nearly full: \d MB of 210 MB are free; no backup is begun/,
    });
    assert.deepEqual(await readdir(backupsFolder(small.layout, "shop")), []);
    assert.deepEqual(await readIndex(small.layout, "shop"), { backups: [] });
    const { status, reason } = await health();
    assert.deepEqual([status, /nearly full/.test(reason ?? "")], ["unhealthy", true]);
    await run("bash", "-c", "cat /dev/zero > /var/lib/postgresql/data/rest 2>/dev/null");
    assert.equal(await small.sql("SELECT count(*) FROM events;"), "1"); // What it has it still tells.

    await run("rm", "-f", filler, "/var/lib/postgresql/data/rest");
    await small.sql("INSERT INTO events VALUES (2);");
    assert.equal((await make()).database?.rows["public.events"], 2);
    assert.equal((await health()).status, "healthy");
  });

  it("fault 9 RB-10: flipped bytes are found before anything is touched, with the file and the checksums", async () => {
    const { backup_id, file_path, sha256 } = await backup();
    const content = await readFile(file_path);
    content.writeUInt32BE(~content.readUInt32BE(content.length >> 1) >>> 0, content.length >> 1);
    await writeFile(file_path, content);
    const refused = {
      exitCode: 2,
      message: new RegExp(
        `${file_path} is damaged: its SHA-256 is [0-9a-f]{64} instead of ${sha256}; nothing was touched`,
      ),
    };
    await assert.rejects(restore(backup_id), refused);
    await assert.rejects(proveBackup(host.layout, host.log, { project: "shop", backup: backup_id, by: "t" }), refused);
    assert.equal(await count(), "1000");
    assert.deepEqual(await databasesBeside(host.postgres, "shop", ["restore", "proof", "before"]), []);
  });

  it("fault 10: one byte of a row changed in an archive that its tools take for good is found all the same", async () => {
    await host.sql("INSERT INTO events VALUES (0, 'the balance is 100');");
    const { backup_id, file_path } = await backup();
    const inContainer = (script: string) =>
      execFileSync("docker", ["exec", "-u", "root", host.postgres, "bash", "-c", script]);
    execFileSync("docker", ["cp", file_path, `${host.postgres}:/tmp/archive`]);
    inContainer(
      "zstd -dcq < /tmp/archive | sed 's/balance is 100/balance is 900/' | zstd -3 --check -q > /tmp/changed",
    );
    inContainer("zstd -dcq < /tmp/changed | pg_restore --file=/dev/null");
    execFileSync("docker", ["cp", `${host.postgres}:/tmp/changed`, file_path]);
    await assert.rejects(restore(backup_id), { exitCode: 2, message: /is damaged|bytes instead of/ });
    assert.equal(await host.sql("SELECT name FROM events WHERE id = 0;"), "the balance is 100");
  });

  it("fault 11: a dump that is cut off is found when it is made, although every program was content", async () => {
    const good = await backup();
    await replaceProgram(host.postgres, "pg_dump", '"$0.real" "$@" | head -c 20000; exit 0');
    for (const format of ["zstd", "gzip"] as const) {
      await host.describeProject({ backup: { format, volumes: [], keep: 7, retentionDays: 7 } });
      await assert.rejects(backup(), { exitCode: 2, message: /is failed: .*(end of file|is cut off)/ });
    }
    const all = await listed();
    assert.deepEqual(
      all.map(({ verified, status }) => [verified, status]),
      [
        [true, "verified"],
        [false, "failed"],
        [false, "failed"],
      ],
    );
    assert.equal((await findBackup(host.layout, "shop", "latest")).entry.backup_id, good.backup_id);
    await assert.rejects(restore(all.at(-1)?.backup_id), { exitCode: 2, message: /is failed/ });
  });

  it("fault 11: a dump that fails half way is none", async () => {
    await replaceProgram(host.postgres, "pg_dump", '"$0.real" "$@" | head -c 20000; echo out of luck >&2; exit 1');
    await assert.rejects(backup(), { exitCode: 1, message: /pg_dump of shop ended with 1: out of luck/ });
    assert.deepEqual(await readdir(folder()), []);
  });

  it("fault 11: a dump that gets no lock gives up soon, says why, ends its count, and leaves nothing", async () => {
    await host.sql("CREATE TABLE later (id int);");
    const letGo = await host.lockTable("later");
    const making = backup().then(
      () => "made",
      ({ message }: Error) => message,
    );
    await until("count and dump to wait", async () => (await host.waiting("later")) === 2);
    const began = performance.now();
    const said = await making;
    assert.match(said, /a table of shop was locked, .* for longer than 10 s .*: back up again when .*LOCK TABLE/s);
    assert.ok(performance.now() - began < 30_000, "it waited for the count");
    await until("the count to end", async () => (await host.waiting("later")) === 0);
    assert.deepEqual(await host.programs(), ["psql"], "beside what holds the lock");
    await letGo();
    assert.equal((await backup()).verified, true);
  });

  it("fault 12: an empty database is suspicious unless it was empty before; the good backup stays the latest", async () => {
    const good = await backup();
    await host.sql("DELETE FROM events;");
    await assert.rejects(backup(), {
      exitCode: 2,
      message: /is suspicious: the database is empty: 1 tables with 0 rows/,
    });
    await host.sql("DROP TABLE events;");
    await assert.rejects(backup(), { exitCode: 2, message: /0 tables with 0 rows; the backup before had 1 with 1000/ });
    assert.equal((await findBackup(host.layout, "shop", "latest")).entry.backup_id, good.backup_id);
    await restore(); // Its safety backup is of the empty database, and no obstacle.
    assert.equal(await count(), "1000");
  });

  it("fault 12: an empty database is fine on a first deploy", async () => {
    await host.sql("DROP TABLE events;");
    assert.equal((await backup()).status, "verified");
    assert.equal((await backup()).status, "verified");
  });

  it("PU-08 fault 12: an empty database is fine where the data was deleted since, and keeps no first release away", async () => {
    const wanted = { project: "shop", postgres: host.postgres, database: "shop", role: "shop", password: "p" };
    const ensure = () => ensureDatabase(host.log, { ...wanted, deleteData: false });
    const release = { project: "shop", release: "bbbbbbbbbb", version: "1.0.0" };
    const first = () => preDeployBackup(host.layout, host.log, release, undefined);
    const good = await backup();
    // As an earlier version deleted it, or a person.
    await host.admin("DROP DATABASE shop;");
    await ensure();
    assert.ok((await first()).backup);
    const held = (await listed()).filter((one) => one.held).map(({ backup_id }) => backup_id);
    assert.deepEqual(held, [good.backup_id]);
    await host.sql("CREATE TABLE events (id int); INSERT INTO events VALUES (1);");
    await backup();

    await removeDatabase(host.layout, host.log, { ...wanted, deleteData: true });
    await ensure();
    assert.ok((await first()).backup);
    const last = (await listed()).at(-1);
    assert.deepEqual([last?.status, last?.note], ["verified", undefined]);
    assert.equal((await backup()).status, "verified");
  });

  it("fault 13: where more than half is gone, it is said, and the backup before outlives its retention", async () => {
    const start = Date.now();
    const at = (days: number): Surroundings => ({ ...real, now: () => new Date(start + days * DAY) });
    await host.describeProject({ backup: { format: "zstd", volumes: [], keep: 1, retentionDays: 7 } });
    const full = await backup(at(0));
    await host.sql("DELETE FROM events WHERE id > 400;");
    const less = await backup(at(1));
    assert.equal(less.status, "verified");
    assert.match(
      host.kept.text,
      /WARN: shop: more than half is gone: 1 tables with 400 rows; .* is kept whatever its age/,
    );
    const last = await backup(at(20));
    assert.deepEqual(
      (await listed()).map(({ backup_id }) => backup_id),
      [full.backup_id, last.backup_id],
    );
    await restore(full.backup_id);
    assert.equal(await count(), "1000");
  });

  describe("where the project has limits of its own", () => {
    /** What is done for each row of `events` by `ANALYZE`, and by nothing else. */
    const inAnalyze = (statement: string) =>
      host.sql(
        "CREATE FUNCTION looked_at(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN",
        `  IF current_query() = 'ANALYZE;' THEN ${statement}; END IF; RETURN $1;`,
        "END $$;",
        "CREATE INDEX ON events (looked_at(id));",
      );

    it("SC-09 a restore gathers what the planner needs, however long that takes", async () => {
      await inAnalyze("PERFORM pg_sleep(0.001)");
      await host.admin(
        "ALTER DATABASE shop SET statement_timeout = '500ms';",
        "ALTER DATABASE shop SET transaction_timeout = '500ms';",
      );
      await backup();
      await restore();
      assert.doesNotMatch(host.kept.text, /statistics/);
      const gathered = "SELECT count(*) FROM pg_stats WHERE tablename = 'events';";
      assert.equal(await host.sql(gathered), "2");
    });

    it("SC-09 a restore is there without what the planner needs, with a warning, where that fails", async () => {
      await inAnalyze("RAISE 'not today'");
      await backup();
      await restore();
      assert.match(host.kept.text, /WARN: shop_restore_\S+ is slower at first, .* not be gathered: .*not today/);
      assert.equal(await count(), "1000");
    });

    it("SC-09 fault 15 a restore and a proof fill a database that was made read-only, which it stays", async () => {
      await host.admin(
        "\\c shop",
        "CREATE EXTENSION pageinspect;",
        "ALTER ROLE shop SET default_transaction_read_only = on;",
      );
      await host.admin("ALTER DATABASE shop SET default_transaction_read_only = on;");
      for (const format of ["zstd", "gzip"] as const) {
        await host.describeProject({ backup: { format, volumes: [], keep: 7, retentionDays: 7 } });
        await backup();
        await proveBackup(host.layout, host.log, { project: "shop", backup: "latest", by: "timer" });
        await restore();
        assert.equal(await count(), "1000");
        await assert.rejects(host.sql("DELETE FROM events;"), /read-only transaction/);
      }
    });

    it("OV-12 a backup's count outlives them", async () => {
      const letGo = await host.lockTable("events");
      await host.admin("ALTER DATABASE shop SET transaction_timeout = '300ms';");
      const making = backup();
      making.catch(() => undefined);
      const old = "wait_event_type = 'Lock' AND xact_start < now() - interval '1 s'";
      await until(
        "the count to last",
        async () =>
          Number(await host.admin(`SELECT count(*) FROM pg_stat_activity WHERE datname = 'shop' AND ${old};`)) === 2,
      );
      await letGo();
      assert.equal((await making).verified, true);
    });
  });

  it("SC-09 a database that is gone is restored", async () => {
    await backup();
    await host.admin("DROP DATABASE shop WITH (FORCE);");
    await restore();
    assert.equal(await count(), "1000");
    assert.match(host.kept.text, /WARN: database shop was gone; an empty one is in its place until the backup is/);
  });

  it("SC-09 a database that cannot be dumped any more is restored without a safety backup, if that is asked for", async () => {
    const { backup_id } = await backup();
    await host.admin("\\c shop", "CREATE TABLE not_its_own ();");
    await assert.rejects(restore(), {
      exitCode: 1,
      message: /permission denied for table not_its_own; without one: --skip-backup$/,
    });
    const wish = { project: "shop", backup: backup_id, parts: ["database" as const], by: "ann", skipsBackup: true };
    const { safety, kept } = await restoreProject(host.layout, host.log, wish);
    assert.equal(safety, undefined);
    assert.equal(await count(), "1000");
    assert.deepEqual(await databasesBeside(host.postgres, "shop", ["before"]), [kept]);
  });

  it("fault 15: a proof that fails marks the backup, says so, and the next good one is the latest", async () => {
    const good = await backup();
    const bad = await backup();
    await writeFile(bad.file_path, (await readFile(bad.file_path)).subarray(0, -1));
    await assert.rejects(proveBackup(host.layout, host.log, { project: "shop", backup: "latest", by: "timer" }));
    const [, marked] = await listed();
    assert.deepEqual([marked?.verified, marked?.status], [false, "failed"]);
    assert.match(host.kept.text, new RegExp(`${bad.backup_id} is bad: .*; the latest good one is ${good.backup_id}`));
    const proven = await proveBackup(host.layout, host.log, { project: "shop", backup: "latest", by: "timer" });
    assert.deepEqual([proven.backup_id, typeof proven.restored_at], [good.backup_id, "string"]);
  });

  it("fault 15: rows that differ from what the backup counted fail a proof, too", async () => {
    const entry = await backup();
    await updateEntry(host.layout, {
      ...entry,
      database: { format: "zstd", snapshot: "", rows: { "public.events": 1001 } },
    });
    await assert.rejects(proveBackup(host.layout, host.log, { project: "shop", backup: "latest", by: "timer" }), {
      message: /public\.events has 1000 rows instead of 1001 rows/,
    });
    assert.equal((await listed())[0]?.status, "failed");
    assert.deepEqual(await databasesBeside(host.postgres, "shop", ["proof"]), []);
  });

  it("fault 16: of two at once the second is refused, names the holder and writes nothing, or waits", async () => {
    const letGo = await host.lockTable("events");
    const first = backup();
    await until("the first to dump", async () => (await host.waiting("events")) === 2);
    const before = await readdir(folder());
    await assert.rejects(backup(), (error: Error) => {
      assert.ok(error.cause instanceof LockedError);
      assert.match(
        error.message,
        new RegExp(`locked by \\S+, process ${process.pid} \\(manual backup of shop\\) since`),
      );
      return true;
    });
    assert.deepEqual(await readdir(folder()), before);
    const waiting = backup(undefined, 30);
    await letGo();
    const made = [(await first).backup_id, (await waiting).backup_id];
    assert.deepEqual(
      (await listed()).map(({ backup_id }) => backup_id),
      made,
    );
  });

  it("fault 17: a migration waits for a backup that is being made", async () => {
    const letGo = await host.lockTable("events");
    const ended: string[] = [];
    const backing = backup().then(() => ended.push("backup"));
    await until("the backup to dump", async () => (await host.waiting("events")) === 2);
    const { images } = await machineImages();
    const migrating = migrate(host.layout, host.log, {
      ...{
        project: "shop",
        release: "bbbbbbbbbb",
        version: "1.1.0",
        isIncompatible: false,
        isCompatible: false,
        isTransactional: true,
        gateway: { container: "none", address: "127.0.0.1", port: 1 },
        image: images.postgres,
        network: host.sandbox.name,
      },
      ...{ env: {}, upgrade: ["true"], timeoutSeconds: 30, ...DEFAULT_LIMITS },
      labels: { "slipway.stack": host.sandbox.name, "slipway.service": "migrate", "slipway.release": "bbbbbbbbbb" },
    }).then(() => ended.push("migration"));
    await until("the migration to have the project's lock", () =>
      withLock(host.layout.project("shop"), "a look", 0, async () => false).catch((error: Error) =>
        error.message.includes("migrate shop bbbbbbbbbb"),
      ),
    );
    assert.deepEqual(ended, []);
    await letGo();
    await Promise.all([backing, migrating]);
    assert.deepEqual(ended, ["backup", "migration"]);
  });

  it("fault 18: whatever the clock does, ids stay in order and no good backup expires", async () => {
    const start = Date.now();
    const clock = [0, -DAY / 24, DAY, DAY, 0, 30 * DAY];
    const made: string[] = [];
    for (const offset of clock) made.push((await backup({ ...real, now: () => new Date(start + offset) })).backup_id);
    assert.deepEqual(
      (await listed()).map(({ backup_id }) => backup_id),
      made,
    );
    assert.equal(new Set(made).size, clock.length);
    await restore(); // The latest is the last made, whatever its time.
    assert.match(host.kept.text, new RegExp(`${made.at(-1)} is whole`));
  });

  it("fault 50: what a hostile tenant put into its dump runs with its own rights alone", async () => {
    for (const format of ["zstd", "gzip"] as const) {
      await host.describeProject({ backup: { format, volumes: [], keep: 7, retentionDays: 7 } });
      await host.sql(...trapIn("events"));
      await backup();
      await restore();
      await assertHarmless(host.postgres);
    }
    const { stdout } = await exec(host.postgres, ["pg_dump", "--version"]);
    const [, major, minor] = /(\d+)\.(\d+)/.exec(stdout) ?? [];
    assert.ok(Number(major) > 17 || Number(minor) >= 6, stdout);
  });
});
