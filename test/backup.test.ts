import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { writeAtomic } from "../host/atomic-file";
import { readIndex } from "../host/backup/backup-index";
import { backupProject } from "../host/backup/backup-project";
import { dumpLogin } from "../host/backup/dump-role";
import { countRows } from "../host/backup/dump-session";
import { preDeployBackup } from "../host/backup/pre-deploy-backup";
import { proveBackup } from "../host/backup/prove-backup";
import { databaseMoment, rowsChangedSince } from "../host/backup/rows-changed";
import { closeJournal, openJournal } from "../host/data-journal";
import { exec } from "../host/docker";
import { readIntent } from "../host/intent";
import { writeRecord } from "../host/record";
import { liveRelease } from "../host/record.fixture";
import { findBackup } from "../host/restore/find-backup";
import { DataHost } from "./support/data-host";
import { hiddenTable } from "./support/hidden-table";
import { until } from "./support/until";

describe("a backup", function () {
  this.timeout(60_000);
  let host: DataHost;
  const backup = (type: "manual" | "scheduled" | "success" = "manual") =>
    backupProject(host.layout, host.log, { project: "shop", type, by: "ann" });

  before(async function () {
    this.timeout(300_000);
    host = await DataHost.create();
    await host.sql(
      "CREATE TABLE events (id serial PRIMARY KEY, name text);",
      "INSERT INTO events (name) SELECT md5(i::text) FROM generate_series(1, 1000) AS i;",
      "CREATE SCHEMA billing; CREATE TABLE billing.accounts (id int);",
      "CREATE TABLE parts (id int) PARTITION BY LIST (id); CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);",
      "INSERT INTO parts VALUES (1);",
    );
    await host.inVolume("mkdir -m 750 sub && echo of a user > sub/upload && chown -R 101:101 sub");
    const release = liveRelease("aaaaaaaaaa", { version: "1.2.0", images: { web: "registry.test/shop@sha256:abc" } });
    await writeRecord(host.layout, "shop", {
      serial: 1,
      drainingWorkers: [],
      live: release,
      schema: { revision: "0001", heads: {} },
    });
  });
  after(() => host?.[Symbol.asyncDispose]());

  it("SC-06 is verified, listed with all that a restore needs, and alone under its final name", async () => {
    const entry = await backup();
    const { backups } = await readIndex(host.layout, "shop");
    assert.deepEqual(backups.at(-1), entry);
    assert.match(entry.backup_id, /^backup_\d{8}_\d{6}$/);
    assert.deepEqual(
      [entry.verified, entry.status, entry.backup_type, entry.created_by, entry.stack],
      [true, "verified", "manual", "ann", host.sandbox.name],
    );
    assert.deepEqual(entry.database?.rows, { "billing.accounts": 0, "public.events": 1000, "public.parts_1": 1 });
    assert.deepEqual(
      [entry.release, entry.artifact_id, entry.version, entry.schema_revision, entry.images],
      ["aaaaaaaaaa", "aaaaaaaaaa", "1.2.0", "0001", { web: "registry.test/shop@sha256:abc" }],
    );
    assert.equal((await stat(entry.file_path)).size, entry.bytes);
    assert.equal(Date.parse(entry.retention_until) - Date.parse(entry.created_at), 7 * 86_400_000);
    const folder = dirname(entry.file_path);
    assert.deepEqual((await readdir(folder)).sort(), ["configuration", "database.dump.zst", "manifest.json"]);
    assert.deepEqual(JSON.parse(await readFile(join(folder, "manifest.json"), "utf8")), entry);
    assert.deepEqual((await readdir(join(folder, "configuration"))).sort(), ["description.json", "record.json"]);
    assert.equal(host.kept.lines.at(-1), `INFO: Backup complete: ${entry.file_path}`);
  });

  it("SC-15 is in the audit log, and so is one that failed", async () => {
    const { backup_id } = await backup();
    await assert.rejects(
      backupProject(
        host.layout,
        host.log,
        { project: "shop", type: "manual", by: "bob" },
        {
          now: () => new Date(),
          freeBytes: async () => 0,
          minimumFreeBytes: 2e9,
        },
      ),
    );
    const lines = (await readFile(host.layout.audit, "utf8")).trim().split("\n").slice(-2);
    const events = lines.map((line) => JSON.parse(line));
    assert.deepEqual(
      events.map(({ operation, project, by, to, result }) => [operation, project, by, to, result]),
      [
        ["backup", "shop", "ann", backup_id, "success"],
        ["backup", "shop", "bob", undefined, "failure"],
      ],
    );
  });

  it("SC-06 OV-12 counts the rows of the very snapshot that it dumps, whatever is written meanwhile", async () => {
    const rowsBefore = Number(await host.sql("SELECT count(*) FROM events;"));
    const letGo = await host.lockTable("parts_1");
    const making = backup("success");
    await until("the dump to wait for the lock", async () => (await host.waiting("parts_1")) === 2); // And the count.
    await host.sql("INSERT INTO events (name) SELECT 'meanwhile' FROM generate_series(1, 500);");
    await letGo();
    const entry = await making;
    assert.equal(entry.database?.rows["public.events"], rowsBefore);
    const { backup_id } = await proveBackup(host.layout, host.log, {
      project: "shop",
      backup: entry.backup_id,
      by: "t",
    });
    assert.equal(backup_id, entry.backup_id);
    assert.deepEqual([entry.backup_type, entry.verified], ["success", true]);
  });

  it("fault 17 MT-13 waits for a change of the data that is on its way, and is refused where it may not wait", async () => {
    await openJournal(host.layout, "shop", { upgrade: true });
    await assert.rejects(backup(), { exitCode: 1, message: /shop: its data is being changed/ });
    const wish = { project: "shop", type: "scheduled", by: "ann", lockWaitSeconds: 30 } as const;
    const waiting = backupProject(host.layout, host.log, wish);
    const ended = waiting.then(() => "ended");
    const safety = await backupProject(host.layout, host.log, { ...wish, type: "safety" });
    assert.deepEqual([safety.verified, safety.status, safety.schema_revision], [false, "changing", ""]);
    assert.notEqual((await findBackup(host.layout, "shop", "latest")).entry.backup_id, safety.backup_id);
    assert.equal((await findBackup(host.layout, "shop", safety.backup_id)).entry.backup_id, safety.backup_id);
    assert.equal(await Promise.race([ended, "waits"]), "waits");
    await closeJournal(host.layout, "shop");
    assert.equal((await waiting).verified, true);
  });

  it("SC-06 is a plain .sql.gz where the project says so, and can be restored", async () => {
    await host.describeProject({ backup: { format: "gzip", volumes: [], keep: 7, retentionDays: 7 } });
    const entry = await backup();
    assert.match(entry.file_path, /\/database\.sql\.gz$/);
    await proveBackup(host.layout, host.log, { project: "shop", backup: "latest", by: "t" });
    await host.describeProject();
  });

  it("has the project's volumes beside the database", async () => {
    await host.describeProject({ backup: { format: "zstd", volumes: ["files"], keep: 7, retentionDays: 7 } });
    const entry = await backup();
    assert.deepEqual(entry.volumes, ["files"]);
    assert.deepEqual(entry.files.map(({ name }) => name).slice(0, 2), ["database.dump.zst", "volume-files.tar.zst"]);
    await host.describeProject();
  });

  it("MT-06 of a project without database and volumes is a record of its images and configuration", async () => {
    await host.describeProject({ database: undefined });
    const entry = await backup();
    assert.match(entry.file_path, /\/manifest\.json$/);
    assert.deepEqual([entry.verified, entry.version, entry.database], [true, "1.2.0", undefined]);
    await host.describeProject();
  });

  it("proof: a restore into a scratch database, noted in the index, which leaves nothing", async () => {
    const entry = await backup("scheduled");
    const at = new Date();
    await proveBackup(host.layout, host.log, { project: "shop", backup: "latest", by: "timer" }, () => at);
    const { backups } = await readIndex(host.layout, "shop");
    assert.deepEqual(backups.map(({ backup_id, restored_at }) => [backup_id, restored_at]).at(-1), [
      entry.backup_id,
      at.toISOString(),
    ]);
    assert.equal(await host.admin("SELECT string_agg(datname, ',') FROM pg_database WHERE datname ~ 'shop_';"), "");
  });

  describe("before a deploy", () => {
    const wish = { project: "shop", release: "bbbbbbbbbb", version: "2" };
    const intentFile = () => join(host.layout.project("shop"), "intent.json");
    const intentText = (changes: object) =>
      JSON.stringify({ ...wish, by: "ann", skipBackup: true, at: new Date().toISOString(), ...changes });
    const intend = (changes: object) => writeAtomic(intentFile(), intentText(changes));
    const made = async (request = wish) =>
      preDeployBackup(host.layout, host.log, request, await readIntent(host.layout, request));

    it("MT-06 is made, and is no change for a release that is live already", async () => {
      const { backup } = await made();
      const { backups } = await readIndex(host.layout, "shop");
      assert.deepEqual([backups.at(-1)?.backup_id, backups.at(-1)?.backup_type], [backup, "pre_deployment"]);
      assert.ok(host.kept.lines.some((line) => line.startsWith("INFO: Backup created: ")));
      assert.deepEqual(await made({ project: "shop", release: "aaaaaaaaaa", version: "1" }), { project: "shop" });
      assert.match(host.kept.lines.at(-1) ?? "", /no backup, release aaaaaaaaaa is live already/);
    });

    it("MT-06 is left out where the operator asked so for this release within the hour, with a warning", async () => {
      await intend({});
      assert.equal((await made()).backup, undefined);
      assert.match(host.kept.lines.at(-1) ?? "", /^WARN: shop: no backup before release bbbbbbbbbb, as ann asked/);
      await intend({ release: "cccccccccc" });
      assert.ok((await made()).backup);
      await intend({ at: new Date(Date.now() - 3_601_000).toISOString() });
      assert.ok((await made()).backup);
    });

    it("SC-15 is part of the run that wants the deploy, whose wish is read once", async () => {
      await rm(intentFile(), { force: true });
      await promisify(execFile)("mkfifo", [intentFile()]); // Whoever read it twice would wait for ever.
      const { done } = host.start("pre-deploy-backup", wish);
      await writeFile(intentFile(), intentText({ run: "20300101-120000-9f3a1c" }));
      const { code, output } = await done;
      await rm(intentFile());
      assert.equal(code, 0, output);
      assert.match(output, /no backup before release bbbbbbbbbb, as ann asked/);
      const [told] = (await readFile(join(dirname(host.layout.log), "runs.jsonl"), "utf8"))
        .trim()
        .split("\n")
        .slice(-1);
      assert.deepEqual(
        [JSON.parse(told as string).run, JSON.parse(told as string).level],
        ["20300101-120000-9f3a1c", "WARN"],
      );
    });

    it("SC-03 that fails ends with 2, and says that nothing was changed", async () => {
      await host.describe({ postgres: "no-such-container" });
      const { code, output } = await host.start("pre-deploy-backup", wish).done;
      await host.describe();
      assert.equal(code, 2, output);
      assert.match(output, /ERROR: shop: the backup failed: .*no-such-container.*; nothing was changed/);
    });
  });

  it("tells tables with rows written since a moment from those without", async () => {
    const moment = await databaseMoment(host.layout, "shop");
    assert.ok(moment);
    const changed = () => rowsChangedSince(host.layout, "shop", moment);
    await host.admin("SELECT pg_current_xact_id();"); // Others write elsewhere.
    assert.deepEqual(await changed(), []);
    await host.sql("UPDATE events SET name = 'changed' WHERE id = 1;");
    assert.deepEqual(await changed(), ["public.events"]);
    await host.sql("DELETE FROM parts; INSERT INTO parts VALUES (1);", "CREATE TABLE fresh (id int);");
    assert.deepEqual(await changed(), ["public.events", "public.fresh", "public.parts_1"]);
  });

  it("a count that Postgres refuses ends at once", async () => {
    const counting = countRows({ postgres: host.postgres, role: "nobody", database: "shop" }, 600);
    await assert.rejects(counting, { name: "PostgresError", isUnreachable: true, message: /"nobody" does not exist/ });
  });

  it("MT-17 tells rows that a policy hides from their owner, too", async () => {
    await host.sql(...hiddenTable("hidden"));
    const moment = await databaseMoment(host.layout, "shop");
    assert.equal(moment?.rows["public.hidden"], 2);
    await host.sql("SET app.tenant = 'b'; UPDATE hidden SET id = 3 WHERE tenant = 'b';");
    assert.deepEqual(moment && (await rowsChangedSince(host.layout, "shop", moment)), ["public.hidden"]);
  });

  describe("reads all as a role", () => {
    const role = "shop.dump";
    before(() => dumpLogin({ postgres: host.postgres, role: "shop", database: "shop" }));

    it("MT-04 that its project cannot become", async () => {
      await assert.rejects(host.sql(`SET ROLE "${role}";`), /permission denied to set role/);
      await assert.rejects(host.sql(`GRANT "${role}" TO shop;`), /permission denied to grant role/);
      await assert.rejects(host.sql(`ALTER ROLE "${role}" PASSWORD 'p';`), /permission denied to alter role/);
      await assert.rejects(host.sql("ALTER ROLE shop BYPASSRLS;"), /permission denied to alter role/);
    });

    it("MT-04 that nobody can log in as over the network", async () => {
      const login = async (user: string, database: string) => {
        const url = `host=127.0.0.1 password=p user=${user} dbname=${database}`;
        return (await exec(host.postgres, ["psql", "-XAtc", "SELECT current_user", url])).stderr;
      };
      assert.equal(await login("shop", "shop"), "", "the check itself does not work");
      assert.match(await login(role, "shop"), /no pg_hba\.conf entry/);
      assert.match(await login(role, role), /password authentication failed/);
    });

    it("MT-04 that runs nothing of what a tenant puts into the place of a table meanwhile", async () => {
      await host.sql(
        "CREATE TABLE swapped (id int); CREATE FUNCTION who() RETURNS int LANGUAGE plpgsql",
        "AS $$ BEGIN RAISE 'runs as %', current_user; END $$;",
      );
      const letGo = await host.lockTable("swapped");
      const counting = databaseMoment(host.layout, "shop").then(() => "", String);
      await until("the count to wait", async () => (await host.waiting("swapped")) === 1);
      await letGo("DROP TABLE swapped; CREATE VIEW swapped AS SELECT who(); COMMIT;\n");
      assert.match(await counting, /access to non-system view "swapped" is restricted/);
      await host.sql("DROP VIEW swapped;");
    });
  });

  it("tells rows of a transaction that was open at that moment, too", async () => {
    const isOpen =
      "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND backend_xid IS NOT NULL;";
    const writer = host.session("BEGIN; UPDATE events SET name = 'late' WHERE id = 2;");
    await until("the open transaction", async () => (await host.sql(isOpen)) === "1");
    const moment = await databaseMoment(host.layout, "shop");
    writer.stdin?.end("COMMIT;\n");
    await until("its end", async () => (await host.sql(isOpen)) === "0");
    assert.deepEqual(moment && (await rowsChangedSince(host.layout, "shop", moment)), ["public.events"]);
  });
});
