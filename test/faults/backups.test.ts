import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdir, readFile, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { backupLock, backupsFolder } from "../../host/backup/backup-index";
import { lockHolder } from "../../host/lock";
import { databasesBeside } from "../../host/restore/fresh-database";
import { limit } from "../support/fault-limits";
import { layoutOf } from "../support/host-program";
import { Ledger } from "../support/ledger/ledger";
import { openTransaction } from "../support/ledger/open-transaction";
import { underLoad } from "../support/ledger/under-load";
import { note } from "../support/note";
import { SmallDisk } from "../support/small-disk";
import { until } from "../support/until";

/** With which a backup begins, and no more. */
const ENOUGH_BYTES = 2_200_000_000;
const RESTORE = ["restore", "ledger", "latest", "--only", "database", "--yes"];

describe("backups and restores that go wrong under load", function () {
  this.timeout(limit(120_000, 600_000));
  let ledger: Ledger;

  before(async () => {
    ledger = await Ledger.create();
    // A dump can be made to wait for one of them, and a restore to take its time with the other.
    await ledger.sql("create table aside (id int)");
    await ledger.sql(
      "create function slow(i int) returns boolean language plpgsql as " +
        "$$ begin perform pg_catalog.pg_sleep(0.1); return true; end $$",
    );
    await ledger.sql("create table slow_rows (id int check (slow(id)))");
    await ledger.sql("insert into slow_rows select generate_series(1, 40)");
    await ledger.sql("alter table aside owner to ledger; alter table slow_rows owner to ledger");
    await ledger.stack.succeed("backup", "ledger");
  });
  after(() => ledger?.[Symbol.asyncDispose]());

  const folder = () => backupsFolder(layoutOf(ledger.stack), "ledger");
  const ids = async () => (await ledger.backups()).map(({ backup_id }) => backup_id);
  const holder = () => lockHolder(backupLock(layoutOf(ledger.stack), "ledger"));
  const beside = async () => {
    const { postgres } = await ledger.stack.infrastructure();
    return databasesBeside(postgres as string, "ledger", ["restore", "proof"]);
  };

  /** A dump that has begun, and goes on when the transaction is released. */
  async function waitingBackup(env: NodeJS.ProcessEnv = {}) {
    const transaction = await openTransaction(ledger, "lock table aside; select 1;");
    const backup = ledger.stack.start(["backup", "ledger"], { env });
    await until("the dump to wait", async () => {
      return (await ledger.sql("select 1 from pg_locks where not granted and relation = 'aside'::regclass")) !== "";
    });
    return { transaction, backup };
  }

  it("fault 4 a backup that is killed leaves nothing under a final name, and the next one works", async function () {
    const before = await ids();
    const { text } = await underLoad(ledger, async () => {
      const { transaction, backup } = await waitingBackup();
      process.kill((await holder())?.pid as number, "SIGKILL");
      assert.notEqual((await backup.done).code, 0);
      await transaction.release();
      assert.deepEqual(await ids(), before);
      await ledger.stack.succeed("backup", "ledger");
    });
    assert.equal((await ids()).length, before.length + 1);
    assert.deepEqual(
      (await readdir(folder())).filter((name) => name.endsWith(".partial")),
      [],
    );
    note(this, `${text}; the index was as before, the next backup whole`);
  });

  it("fault 5 a restore that is killed leaves the live database alone, and the next proof clears up", async function () {
    const { text } = await underLoad(ledger, async () => {
      const restore = ledger.stack.start(RESTORE);
      await until("the restore to fill its database", async () => (await beside()).length === 1, 60);
      process.kill((await holder())?.pid as number, "SIGKILL");
      assert.notEqual((await restore.done).code, 0);
      assert.equal((await beside()).length, 1);
      await ledger.stack.succeed("backup", "ledger", "scheduled");
    });
    assert.deepEqual(await beside(), []);
    note(this, `${text}; the half-filled database was dropped by the next proof`);
  });

  describe("on a small disk", () => {
    let disk: SmallDisk;

    beforeEach(async function () {
      if (!SmallDisk.canMount()) this.skip();
      disk = await SmallDisk.mount(join(ledger.stack.folder, "small"), ENOUGH_BYTES);
    });
    afterEach(() => disk?.[Symbol.asyncDispose]());

    /** Nothing is free any more. */
    async function fill(): Promise<void> {
      const { bavail, bsize } = await statfs(disk.folder);
      execFileSync("fallocate", ["--length", String(bavail * bsize), join(disk.folder, "filler")]);
    }

    it("fault 6 a disk that fills up while a backup dumps: it says so, and leaves nothing", async function () {
      const { outcome: run, text } = await underLoad(ledger, async () => {
        const { transaction, backup } = await waitingBackup({ BACKUP_DIR: disk.folder });
        await fill();
        await transaction.release();
        return backup.done;
      });
      assert.equal(run.code, 1, run.output);
      assert.match(run.stderr, /ERROR: ledger: the backup failed: .*no space left on device/i);
      const left = await readdir(join(disk.folder, "ledger"));
      assert.deepEqual(
        left.filter((name) => name.startsWith("backup_2")),
        [],
      );
      note(this, `${text}; exit ${run.code}`);
    });

    it("fault 8 SC-05 one that is too small: no backup begins, and both numbers are said", async function () {
      await fill();
      const { outcome: run, text } = await underLoad(
        ledger,
        () => ledger.stack.start(["backup", "ledger"], { env: { BACKUP_DIR: disk.folder } }).done,
      );
      assert.equal(run.code, 3, run.output);
      assert.match(run.stderr, /has 0\.00 GB free; a backup needs 2\.00 GB/);
      note(this, `${text}; exit ${run.code}`);
    });
  });

  it("fault 9 RB-10 a restore of a file with flipped bytes is refused by name before anything is touched", async function () {
    const { file_path } = (await ledger.backups()).at(-1) ?? assert.fail("there is no backup");
    const whole = await readFile(file_path);
    const flipped = Buffer.from(whole);
    flipped.writeUInt32BE(~whole.readUInt32BE(whole.length >> 1) >>> 0, whole.length >> 1);
    await writeFile(file_path, flipped);
    const { outcome: run, text } = await underLoad(ledger, () => ledger.stack.slipway(...RESTORE));
    await writeFile(file_path, whole);
    assert.equal(run.code, 2, run.output);
    assert.match(
      run.stderr,
      /backup_\S+\/database\.dump\.zst is damaged: its SHA-256 is \w+ instead of \w+; nothing was touched/,
    );
    assert.deepEqual(await beside(), []);
    note(this, `${text}; refused with exit ${run.code}`);
  });

  it("fault 13 a backup with less than half of the rows is made, and says so", async function () {
    await ledger.sql("insert into aside select generate_series(1, 5000)");
    await ledger.stack.succeed("backup", "ledger");
    await ledger.sql("delete from aside");
    const { outcome: run, text } = await underLoad(ledger, () => ledger.stack.slipway("backup", "ledger"));
    assert.equal(run.code, 0, run.output);
    assert.match(run.stderr, /WARN: ledger: more than half is gone: .*; .* is kept whatever its age/);
    note(this, `${text}; said, exit ${run.code}`);
  });

  it("fault 15 a proof that finds its backup bad marks it, and the one before is the latest again", async function () {
    await ledger.stack.succeed("backup", "ledger");
    const good = (await ids()).at(-1);
    await ledger.sql(
      "create function unproven(i int) returns boolean language plpgsql as $$ begin " +
        "if current_database() like '%proof%' then raise exception 'not again'; end if; return true; end $$",
    );
    await ledger.sql("alter table slow_rows add check (unproven(id))");
    const { outcome: run, text } = await underLoad(ledger, () => ledger.stack.slipway("backup", "ledger", "scheduled"));
    assert.equal(run.code, 2, run.output);
    assert.match(run.stderr, new RegExp(`is bad: .*; the latest good one is ${good}`, "s"));
    const { verified, status } = (await ledger.backups()).at(-1) ?? assert.fail("there is no backup");
    assert.deepEqual([verified, status], [false, "failed"]);
    await ledger.sql("drop function unproven cascade");
    note(this, `${text}; marked failed, exit ${run.code}`);
  });

  it("fault 16 of two backups at once the second is refused, and names who makes the first", async function () {
    const before = await ids();
    const { outcome: second, text } = await underLoad(ledger, async () => {
      const { transaction, backup } = await waitingBackup();
      const refused = await ledger.stack.slipway("backup", "ledger");
      await transaction.release();
      assert.equal((await backup.done).code, 0);
      return refused;
    });
    assert.equal(second.code, 1, second.output);
    assert.match(second.stderr, /is locked by \S+, process \d+ \(manual backup of ledger\) since/);
    assert.equal((await ids()).length, before.length + 1);
    note(this, `${text}; the second ended with ${second.code} at once`);
  });

  it("fault 17 a deploy with a migration waits for a backup that is being made, and both succeed", async function () {
    await ledger.build("2.0.0", { revision: "r2" });
    const { outcome: deploy, text } = await underLoad(ledger, async () => {
      const { transaction, backup } = await waitingBackup();
      const deploying = ledger.stack.start(["deploy", "ledger", "2.0.0"], {
        onOutput: (output) => void (output.includes("ledger-backup creating") && transaction.release()),
      });
      assert.equal((await backup.done).code, 0);
      return deploying.done;
    });
    assert.equal(deploy.code, 0, deploy.output);
    assert.equal(await ledger.sql("select id from revision"), "r2");
    note(this, `${text}; both ended with 0`);
  });
});
