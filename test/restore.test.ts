import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type BackupEntry, backupLock } from "../host/backup/backup-index";
import { backupProject } from "../host/backup/backup-project";
import { freeBytes } from "../host/backup/free-space";
import { preDeployBackup } from "../host/backup/pre-deploy-backup";
import { ContractError } from "../host/contract-error";
import { closeJournal, isJournalOpen, openJournal, takeDataBack } from "../host/data-journal";
import { ensureDatabase } from "../host/database";
import { docker } from "../host/docker";
import { socketAddress } from "../host/lock";
import { waitingTickets } from "../host/lock-queue";
import { psql } from "../host/postgres";
import { readRecord, writeRecord } from "../host/record";
import { liveRelease } from "../host/record.fixture";
import { findBackup } from "../host/restore/find-backup";
import { createFresh, databasesBeside } from "../host/restore/fresh-database";
import { prepareRestore } from "../host/restore/prepare-restore";
import { readPrepared } from "../host/restore/prepared-restore";
import { restoreBackup } from "../host/restore/restore-backup";
import { safetyError } from "../host/restore/restore-error";
import { RESTORE_PARTS, type RestoreWish, restoreProject } from "../host/restore/restore-project";
import { pruneKeptDatabases, swapBack, swapDatabase } from "../host/restore/swap-database";
import { rollback } from "../host/rollback";
import { DataHost } from "./support/data-host";
import { hiddenTable } from "./support/hidden-table";
import { until } from "./support/until";

/** A second where nothing else runs, which `bench data` measures; here other tests do. */
const MOST_SWAP_MS = 5000;

describe("a restore", function () {
  this.timeout(60_000);
  let host: DataHost;
  let entry: BackupEntry;
  const backup = () => backupProject(host.layout, host.log, { project: "shop", type: "manual", by: "ann" });
  const restore = (changes: Partial<RestoreWish> = {}) =>
    restoreProject(host.layout, host.log, {
      project: "shop",
      backup: entry.backup_id,
      parts: RESTORE_PARTS,
      by: "ann",
      ...changes,
    });
  const names = () => host.sql("SELECT string_agg(name, ',' ORDER BY id) FROM events;");
  const kept = () => databasesBeside(host.postgres, "shop", ["before"]);

  before(async function () {
    this.timeout(300_000);
    host = await DataHost.create();
    await host.describeProject({
      keyTables: [{ table: "events", minimumRows: 1 }],
      backup: { format: "zstd", volumes: ["files"], keep: 7, retentionDays: 7 },
    });
    await host.admin("ALTER DATABASE shop SET search_path = public, pg_catalog;", "ALTER DATABASE shop SET jit = off;");
    await host.sql(
      "CREATE TABLE events (id serial PRIMARY KEY, name text); INSERT INTO events (name) VALUES ('first');",
    );
    await host.inVolume("mkdir -m 750 sub && echo first > sub/upload && chown -R 101:101 . && chmod 711 .");
    await writeRecord(host.layout, "shop", {
      serial: 1,
      drainingWorkers: [],
      schema: { revision: "0001", heads: { a: "0001" } },
    });
    entry = await backup();
  });
  after(() => host?.[Symbol.asyncDispose]());

  it("MT-17 RB-07 brings database and volume back whole, keeps what it replaced, and takes a safety backup before", async () => {
    await host.sql("INSERT INTO events (name) VALUES ('second'); CREATE TABLE newer (id int);");
    await host.inVolume("echo second > sub/upload; echo more > later");
    const { schema } = await readRecord(host.layout, "shop");
    await writeRecord(host.layout, "shop", {
      ...(await readRecord(host.layout, "shop")),
      schema: { ...schema, revision: "0002", heads: { a: "0001", b: "0002" } },
    });

    const result = await restore();
    assert.equal(await names(), "first");
    assert.equal(await host.sql("SELECT to_regclass('newer') IS NULL;"), "t");
    const listing = "stat -c '%n %a %u:%g' . sub sub/upload; cat sub/upload; ls -A";
    assert.match(
      await host.inVolume(listing),
      /^\. 711 101:101\nsub 750 101:101\nsub\/upload 644 101:101\nfirst\n\.slipway-before-\d{8}_\d{6}\nsub$/,
    );
    assert.equal(await host.inVolume("cat .slipway-before-*/sub/upload .slipway-before-*/later"), "second\nmore");

    assert.deepEqual([result.kept], await kept());
    assert.match(result.kept ?? "", /^shop_before_\d{8}_\d{6}$/);
    assert.match(result.safety ?? "", /^backup_/);
    const safety = await findBackup(host.layout, "shop", result.safety ?? "");
    assert.deepEqual(
      [safety.entry.backup_type, safety.entry.database?.rows["public.events"], safety.entry.schema_revision],
      ["safety", 2, "0002"],
    );
    assert.equal((await readRecord(host.layout, "shop")).schema?.revision, "0001");
    assert.deepEqual(await readdir(join(host.layout.project("shop"), "restored", entry.backup_id)), [
      "description.json",
      "record.json",
    ]);
    const event = JSON.parse((await readFile(host.layout.audit, "utf8")).trim().split("\n").at(-1) as string);
    assert.deepEqual(
      [event.operation, event.from, event.by, event.result],
      ["restore", entry.backup_id, "ann", "success"],
    );

    await host.inVolume("rm -rf .slipway-before-*");
  });

  it("MT-17 of one part leaves the others, and a dry run leaves everything", async () => {
    await host.sql("INSERT INTO events (name) VALUES ('third');");
    await host.inVolume("echo third > sub/upload");
    await restore({ dryRun: true });
    assert.match(host.kept.text, /would do this, after a safety backup:\n.*database shop: 1 rows take its place/s);
    const before = await readFile(host.layout.audit, "utf8");
    await assert.rejects(restore({ dryRun: true, backup: "backup_20200101_000000" }), { exitCode: 2 });
    assert.equal(await readFile(host.layout.audit, "utf8"), before);
    assert.equal(await names(), "first,third");
    await restore({ parts: ["database"] });
    assert.equal(await names(), "first");
    assert.equal(await host.inVolume("cat sub/upload"), "third");
    await restore({ parts: ["volumes"], backup: "latest" }); // The safety backup of the one before.
    assert.equal(await host.inVolume("cat sub/upload"), "third");
    await restore({ parts: ["volumes"], backup: entry.file_path });
    assert.equal(await host.inVolume("cat sub/upload"), "first");
  });

  it("keeps the database its role's, closed to others, with its settings, grants and connection limit", async () => {
    await host.admin(
      "ALTER DATABASE shop CONNECTION LIMIT 30; CREATE ROLE reporting;",
      "ALTER ROLE shop IN DATABASE shop SET work_mem = '8MB'; GRANT CONNECT ON DATABASE shop TO reporting;",
    );
    const privileges = () =>
      host.admin(
        "SELECT datconnlimit, (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(datacl) a),",
        "(SELECT setconfig FROM pg_db_role_setting WHERE setdatabase = oid AND setrole = 'shop'::regrole)",
        "FROM pg_database WHERE datname = 'shop';",
      );
    const before = await privileges();
    assert.match(before, /^30\|.*reporting=c\/shop.*\|\{work_mem=8MB\}$/);
    const { kept } = await restore({ parts: ["database"] });
    assert.equal(await privileges(), before);
    const about = (name: string) =>
      host.admin(
        `SELECT datdba::regrole, has_database_privilege('public', oid, 'connect'), datallowconn, setconfig`,
        `FROM pg_database LEFT JOIN pg_db_role_setting ON setdatabase = oid AND setrole = 0 WHERE datname = '${name}';`,
      );
    assert.equal(await about("shop"), 'shop|f|t|{"search_path=public, pg_catalog",jit=off}');
    assert.equal(await about(kept as string), 'shop|f|f|{"search_path=public, pg_catalog",jit=off}');
  });

  it("fault 14: never goes onto a database that has something: what was written since is in the kept one alone", async () => {
    await host.sql("INSERT INTO events (name) VALUES ('since'); DELETE FROM events WHERE name = 'first';");
    const { kept } = await restore({ parts: ["database"] });
    assert.equal(await names(), "first");
    await host.admin(`ALTER DATABASE ${kept} ALLOW_CONNECTIONS true;`);
    const login = { postgres: host.postgres, role: "shop", database: kept as string };
    assert.equal((await psql(login, ["SELECT name FROM events;"])).trim(), "since");
    await host.admin(`ALTER DATABASE ${kept} ALLOW_CONNECTIONS false;`);
  });

  for (const format of ["zstd", "gzip"] as const) {
    it(`MT-17 brings back rows that a policy hides from their own owner, and the policy, from ${format}`, async () => {
      await host.sql(...hiddenTable("secrets"), "CREATE TABLE of_secrets (id int REFERENCES secrets);");
      await host.sql("CREATE MATERIALIZED VIEW seen AS SELECT * FROM secrets;");
      await host.describeProject({ backup: { format, volumes: [], keep: 7, retentionDays: 7 } });
      const { verified, database, backup_id } = await backup();
      assert.deepEqual([verified, database?.rows["public.secrets"]], [true, 2]);
      await host.sql("SET app.tenant = 'a'; DELETE FROM secrets;");
      await restore({ backup: backup_id, parts: ["database"] });
      const rows =
        "SELECT count(*), (SELECT relforcerowsecurity FROM pg_class WHERE relname = 'secrets') FROM secrets;";
      assert.equal(await host.sql(rows), "0|t");
      assert.equal(await host.sql("SET app.tenant = 'a';", rows), "1|t");
      assert.equal((await psql({ postgres: host.postgres, database: "shop" }, [rows])).trim(), "2|t");
      await host.describeProject();
      await restore({ parts: ["database"] });
    });
  }

  for (const format of ["zstd", "gzip"] as const) {
    it(`MT-17 makes an extension again that only a superuser can make, from ${format}`, async () => {
      const admin = (sql: string) => psql({ postgres: host.postgres, database: "shop" }, [sql]);
      await admin("CREATE EXTENSION pageinspect; COMMENT ON EXTENSION pageinspect IS 'ours';");
      await host.sql("CREATE EXTENSION pgcrypto; CREATE VIEW pages AS SELECT public.page_checksum('', 0);");
      await host.describeProject({ backup: { format, volumes: [], keep: 7, retentionDays: 7 } });
      const { backup_id } = await backup();
      await restore({ backup: backup_id, parts: ["database"] });
      const owned = "SELECT extname, extnamespace::regnamespace, extowner::regrole FROM pg_extension ORDER BY 1;";
      assert.equal(
        await host.sql(owned),
        "pageinspect|public|postgres\npgcrypto|public|shop\nplpgsql|pg_catalog|postgres",
      );
      assert.equal(await host.sql("SELECT to_regclass('pages');"), "pages");
      await host.describeProject();
      await restore({ parts: ["database"] });
    });
  }

  it("MT-04 runs nothing of what a tenant has in its database's settings as the superuser", async () => {
    const crafted = "public;ALTER/**/ROLE/**/shop/**/SUPERUSER";
    await host.sql(
      `SELECT set_config('search_path', '${crafted}', false); ALTER DATABASE shop SET search_path FROM CURRENT;`,
      "ALTER ROLE shop IN DATABASE shop SET search_path FROM CURRENT;",
    );
    try {
      await restore({ parts: ["database"] });
      assert.equal(await host.admin("SELECT rolsuper FROM pg_roles WHERE rolname = 'shop';"), "f");
      assert.equal(await host.sql("SHOW search_path;"), `"${crafted}"`);
    } finally {
      await host.admin(
        "ALTER ROLE shop NOSUPERUSER; ALTER ROLE shop IN DATABASE shop RESET search_path;",
        "ALTER DATABASE shop SET search_path = public, pg_catalog;",
      );
    }
  });

  it("SC-09 refuses a part that was asked for by name and is not in the backup", async () => {
    const named = restore({ parts: ["volumes", "images"], allParts: true });
    await assert.rejects(named, { message: /backup_\S+ has no images to restore; it has /, exitCode: 2 });
  });

  it("is what a person chose: a change that was cut off takes nothing back after it", async () => {
    await openJournal(host.layout, "shop", { upgrade: true });
    await restore({ parts: ["database"] });
    assert.equal(await isJournalOpen(host.layout, "shop"), false);
  });

  it("swaps under clients that come back at once, and back again", async () => {
    const found = await findBackup(host.layout, "shop", entry.backup_id);
    await host.sql("INSERT INTO events (name) VALUES ('before the swap');");
    const fresh = await prepareRestore(host.layout, host.log, "shop", found, []);
    assert.equal(await names(), "first,before the swap");
    const clients = Array.from({ length: 4 }, () => host.session("SELECT pg_sleep(600);"));
    const sessions =
      "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid();";
    await until("the clients", async () => (await host.admin(sessions)) === "4");

    const swap = await swapDatabase(host.postgres, host.log, "shop", fresh.database);
    assert.ok(swap.milliseconds < MOST_SWAP_MS, `${swap.milliseconds} ms`);
    assert.equal(await names(), "first");
    await Promise.all(clients.map((client) => client.exitCode ?? new Promise((done) => client.on("exit", done))));

    await swapBack(host.postgres, host.log, swap);
    assert.equal(await names(), "first,before the swap");
    assert.deepEqual(await databasesBeside(host.postgres, "shop", ["restore"]), [fresh.database]);
  });

  it("a swap that cannot be leaves the database open and as it was", async () => {
    const before = await names();
    const swap = (incoming: string) => swapDatabase(host.postgres, host.log, "shop", incoming);
    await assert.rejects(swap("shop_restore_of_nothing"), { message: /shop_restore_of_nothing is not there/ });

    const found = await findBackup(host.layout, "shop", entry.backup_id);
    const { database } = await prepareRestore(host.layout, host.log, "shop", found, []);
    const user = host.session(`\\connect ${database}`, "SELECT pg_sleep(600);");
    const isInUse = `SELECT count(*) FROM pg_stat_activity WHERE datname = '${database}' AND query LIKE '%sleep(600)%';`;
    await until("the session", async () => (await host.admin(isInUse)) === "1");
    await assert.rejects(swap(database), { message: new RegExp(`${database} could not take the place of shop`) });
    assert.equal(await names(), before);
    user.stdin?.end();
  });

  it("MT-17 a swap in which Postgres is started anew leaves the database open and as it was", async () => {
    const before = await names();
    const found = await findBackup(host.layout, "shop", entry.backup_id);
    const { database } = await prepareRestore(host.layout, host.log, "shop", found, []);
    host.session(`\\connect ${database}`, "SELECT pg_sleep(600);"); // Its rename waits for that.
    const isInUse = `SELECT count(*) FROM pg_stat_activity WHERE datname = '${database}' AND query LIKE '%sleep(600)%';`;
    await until("the session", async () => (await host.admin(isInUse)) === "1");
    const swapping = swapDatabase(host.postgres, host.log, "shop", database);
    swapping.catch(() => undefined);
    await until("it to be closed", async () => !(await isOpen()));
    await docker().getContainer(host.postgres).restart();
    await assert.rejects(swapping, { name: "PostgresError", isUnreachable: true });
    assert.equal(await names(), before);
  });

  const isOpen = async () => (await host.admin("SELECT datallowconn FROM pg_database WHERE datname = 'shop';")) === "t";
  const ways = {
    "a backup": backup,
    "a restore": () => restore({ parts: ["database"] }),
    "the step of an `up` that makes databases": () =>
      ensureDatabase(host.log, {
        ...{ project: "shop", postgres: host.postgres, database: "shop", role: "shop", password: "p" },
        deleteData: false,
      }),
    "what takes a change back": async () => {
      const incoming = await createFresh(host.postgres, "shop", "restore", new Date());
      await openJournal(host.layout, "shop", {
        swap: { database: "shop", incoming, kept: "shop_before_20260101_000000" },
      });
      await takeDataBack(host.layout, host.log, "shop");
    },
  };
  for (const [who, open] of Object.entries(ways)) {
    it(`MT-17 PU-06 a database that a killed swap left closed is opened by ${who}`, async () => {
      await host.admin("ALTER DATABASE shop ALLOW_CONNECTIONS false;");
      await open();
      assert.equal(await isOpen(), true);
      assert.match(await names(), /first/);
    });
  }

  describe("of a backup that retention no longer keeps", () => {
    let old: BackupEntry;

    beforeEach(async () => {
      const keepOne = { format: "zstd" as const, volumes: ["files"], keep: 1, retentionDays: 7 };
      await host.describeProject({ backup: keepOne });
      const made: BackupEntry[] = [];
      for (const daysAgo of [20, 19]) {
        const at = new Date(Date.now() - daysAgo * 86_400_000);
        const wish = { project: "shop", type: "manual", by: "ann" } as const;
        const surroundings = { now: () => at, freeBytes, minimumFreeBytes: 0 };
        made.push(await backupProject(host.layout, host.log, wish, surroundings));
      }
      [old] = made as [BackupEntry];
    });
    afterEach(() => host.describeProject());

    it("SC-07 MT-17 has it to the end, whatever backup is wanted meanwhile; the next one deletes it", async () => {
      const letGo = await host.lockTable("events");
      const restoring = restore({ backup: old.backup_id, parts: ["database", "volumes"] });
      restoring.catch(() => undefined);
      await until("the safety backup", async () => (await host.waiting("events")) > 0);
      const wish = { project: "shop", type: "scheduled", by: "timer", lockWaitSeconds: 50 } as const;
      const next = backupProject(host.layout, host.log, wish);
      await until(
        "it to wait for the lock",
        () => waitingTickets(socketAddress(backupLock(host.layout, "shop"))).length > 0,
      );
      await letGo();
      assert.equal((await restoring).backup, old.backup_id);
      await next;
      assert.match(host.kept.text, new RegExp(`INFO: shop: deleted ${old.backup_id}`));
    });

    it("SC-07 RB-07 so has a rollback on the host, and a deploy with a restore", async () => {
      const [live, standby] = [liveRelease("bbbbbbbbbb"), liveRelease("aaaaaaaaaa", { version: "0.9.0" })];
      const before = await readRecord(host.layout, "shop");
      await writeRecord(host.layout, "shop", { ...before, live, standby });
      await host.describe({ gateway: { container: "no-such-container", address: "", port: 0 } });
      const deploy = { project: "shop", release: "cccccccccc", version: "2" };
      await preDeployBackup(host.layout, host.log, deploy, undefined);
      const wanted = { project: "shop", database: "restore", backup: old.backup_id, by: "ann" } as const;
      host.kept.lines.length = 0;
      await assert.rejects(rollback(host.layout, host.log, wanted), /serves again, but there is no service "shop"/);
      assert.match(host.kept.text, new RegExp(`restoring ${old.backup_id} into .*\n.* has all`));
      await writeRecord(host.layout, "shop", before);
      await host.describe();
    });
  });

  it("drops replaced databases when their time is over, but the last", async () => {
    for (let replaced = 0; replaced < 2; replaced++) await restore({ parts: ["database"] });
    const all = await kept();
    assert.ok(all.length >= 2);
    assert.deepEqual(await pruneKeptDatabases(host.postgres, host.log, "shop", 7), []);
    const later = new Date(Date.now() + 8 * 86_400_000);
    assert.deepEqual(await pruneKeptDatabases(host.postgres, host.log, "shop", 7, later), all.slice(0, -1));
    assert.deepEqual(await kept(), all.slice(-1));
  });

  it("MT-17 so does a backup, but for those that a change of the data on its way may want back", async () => {
    const old = await createFresh(host.postgres, "shop", "before", new Date(0));
    await createFresh(host.postgres, "shop", "before", new Date());
    await openJournal(host.layout, "shop", { upgrade: true });
    const wish = { project: "shop", type: "success", by: "ann" } as const;
    await backupProject(host.layout, host.log, wish);
    assert.ok((await kept()).includes(old));
    await closeJournal(host.layout, "shop");
    await backupProject(host.layout, host.log, wish);
    assert.ok(!(await kept()).includes(old));
  });

  it("SC-09 of what is not there, was not verified or is of another stack ends with 2", async () => {
    const refused = (backup: string, message: RegExp) => assert.rejects(restore({ backup }), { exitCode: 2, message });
    await refused("backup_20200101_000000", /there is no backup "backup_20200101_000000"\nhint: there are .*backup_/);
    await refused("/nowhere/database.dump.zst", /there is no backup "\/nowhere/);
    await host.describe({ stack: "another" });
    await refused(entry.backup_id, /is of project shop on stack .*, not of shop on another/);
    await host.describe();
  });

  it("MT-04 SC-09 without Postgres ends with 3, and without the key tables' rows with 1; the database is as it was", async () => {
    const before = await names();
    await host.describeProject({ keyTables: [{ table: "events", minimumRows: 5 }] });
    await assert.rejects(restore({ parts: ["database"] }), {
      exitCode: 1,
      message: /key table events has 1 rows, fewer than 5; the database of shop is untouched/,
    });
    await host.describeProject();
    assert.equal(await names(), before);
    assert.deepEqual(await databasesBeside(host.postgres, "shop", ["restore"]), []);
    await host.describe({ postgres: "no-such-container" });
    const found = await findBackup(host.layout, "shop", entry.backup_id);
    await assert.rejects(prepareRestore(host.layout, host.log, "shop", found, []), { exitCode: 3 });
    await host.describe();
  });

  it("SC-09 ends with 3 where Postgres does not run, and with 1 where there is no space for the safety backup", async () => {
    const postgres = docker().getContainer(host.postgres);
    await postgres.stop();
    try {
      await assert.rejects(restore({ parts: ["database"] }), { exitCode: 3, message: /cannot be looked at/ });
      await assert.rejects(restore({ parts: ["volumes"] }), { exitCode: 3, message: /its safety backup failed/ });
    } finally {
      await postgres.start();
      await until("Postgres", () =>
        host.admin("SELECT 1;").then(
          () => true,
          () => false,
        ),
      );
    }
    const noSpace = new ContractError("less than 2.00 GB free", 3);
    assert.equal(safetyError("shop", noSpace).exitCode, 1);
  });

  it("MT-17 one that fails in its database leaves nothing of the volume that was unpacked for it", async () => {
    await host.describeProject({ keyTables: [{ table: "events", minimumRows: 5 }] });
    await assert.rejects(restore(), { exitCode: 1, message: /fewer than 5/ });
    await host.describeProject();
    assert.match(host.kept.text, /volume files is unpacked beside and compared/);
    assert.doesNotMatch(await host.inVolume("ls -A"), /slipway-restore/);
  });

  it("RB-10 a safety backup is put back as it was, whatever key tables are wanted now and backups before it held", async () => {
    await backup();
    await host.sql("DELETE FROM events;");
    const safety = await backupProject(host.layout, host.log, { project: "shop", type: "safety", by: "ann" });
    assert.equal(safety.status, "suspicious");
    await host.sql("INSERT INTO events (name) VALUES ('of a migration');");
    await host.describeProject({ keyTables: [{ table: "later", minimumRows: 1 }] });
    await restoreBackup(host.layout, host.log, "shop", safety.backup_id);
    await host.describeProject();
    assert.equal(await names(), "");
    await assert.rejects(restore({ backup: safety.backup_id }), { exitCode: 2 });
  });

  it("PU-11 one that a configuration asks for is prepared once for each nonce", async () => {
    const wish = { project: "shop", backup: entry.backup_id, nonce: "n1", keyTables: [] };
    const first = await host.start("restore-prepare", wish).done;
    assert.equal(first.code, 0, first.output);
    const prepared = await readPrepared(host.layout, "shop");
    assert.deepEqual([prepared?.backup, prepared?.schemaRevision, prepared?.nonce], [entry.backup_id, "0001", "n1"]);
    assert.deepEqual(await databasesBeside(host.postgres, "shop", ["restore"]), [prepared?.database]);

    const again = await host.start("restore-prepare", wish).done;
    assert.equal(again.code, 0, again.output);
    assert.match(again.output, /was done before \(nonce n1\); nothing is restored again/);
    await host.start("restore-prepare", { ...wish, nonce: "n2" }).done;
    const next = await readPrepared(host.layout, "shop");
    assert.equal(next?.nonce, "n2");
    assert.deepEqual(await databasesBeside(host.postgres, "shop", ["restore"]), [next?.database]);
    assert.match((await host.start("restore-prepare", wish).done).output, /nonce n1\); nothing is restored/);
  });

  it("SC-09 tells on a terminal how far it is, in a line that is gone when the next one comes", async function () {
    if (spawnSync("script", ["--version"]).status !== 0) this.skip();
    const program = join(host.folder, "opt/slipway/host.js");
    const line = `'${process.execPath}' '${program}' cli restore shop latest --only database --yes`;
    const child = spawn("script", ["-qec", line, "/dev/null"], { stdio: ["ignore", "pipe", "ignore"] });
    let text = "";
    for await (const part of child.stdout.setEncoding("utf8")) text += part;
    const shown = text.replaceAll("\u001b[K", "<clear>");
    assert.match(shown, /\rshop: restoring the database: \d+ kB of \d+ kB \(100 %\)<clear>\r<clear>/);
    assert.doesNotMatch(await readFile(host.layout.log, "utf8"), /100 %/);
  });
});
