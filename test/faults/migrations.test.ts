import assert from "node:assert/strict";
import type { SchemaRecord } from "../../host/schema";
import { limit } from "../support/fault-limits";
import { Ledger } from "../support/ledger/ledger";
import { openTransaction } from "../support/ledger/open-transaction";
import { underLoad } from "../support/ledger/under-load";
import { note } from "../support/note";
import type { Run } from "../support/test-stack";
import { until } from "../support/until";

/** Time of a migration: long enough to wait for a lock four times, and of one that runs for ever, in seconds. */
const WAITING_SECONDS = 600;
const ENDLESS_SECONDS = limit(12, 600);

describe("a migration that goes wrong under load", function () {
  this.timeout(limit(180_000, 900_000));
  let ledger: Ledger;
  /** Releases with containers before a test. */
  let kept: string[];

  before(async () => {
    ledger = await Ledger.create({ migrations: { timeoutSeconds: WAITING_SECONDS } });
  });
  after(() => ledger?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    kept = await ledger.releases();
  });

  const columns = () =>
    ledger.sql(
      "select string_agg(column_name, ' ' order by 1) from information_schema.columns where table_name = 'rows'",
    );

  /** What must hold for every migration that fails: exit 3, and everything as it was. */
  async function failsAsBefore(run: Run): Promise<void> {
    assert.equal(run.code, 3, run.output);
    assert.equal(await ledger.served(), ledger.first);
    assert.deepEqual(await ledger.releases(), kept, "the candidate is still there, or another release went");
    assert.equal(await ledger.sql("select id from revision"), "r1");
    assert.equal(await columns(), "id n");
    await ledger.stack.succeed("up", "--yes", "--skip-preview", "--expect-no-changes");
  }

  /** The failure names the newest backup of a type, which was made before it. */
  async function namesBackup({ stderr }: Run, type: string): Promise<void> {
    const backup = (await ledger.backups()).findLast(({ backup_type }) => backup_type === type);
    assert.match(stderr, new RegExp(`failed: .*; the backup from before it is ${backup?.backup_id}\\b`));
  }

  const summary = (run: Run, text: string) =>
    `${text}; release 1.0.0 served; exit ${run.code} after ${run.seconds.toFixed(0)} s`;

  it("fault 22 OV-08 fails half way: Postgres undoes all of it, the old release serves, exit 3", async function () {
    await ledger.build("2.0.0", { revision: "r2", migration: "half" });
    const { outcome: run, text } = await underLoad(ledger, () => ledger.stack.slipway("deploy", "ledger", "2.0.0"));
    await failsAsBefore(run);
    assert.match(run.output, /\| .*column "note" of relation "rows" already exists/);
    note(this, summary(run, text));
  });

  it("fault 20 MT-08 waits for a lock: 5 s, three times more, then exit 3; no request fails meanwhile", async function () {
    await ledger.build("2.1.0", { revision: "r2" });
    await using holder = await lockOnRows();
    const { outcome: run, text } = await underLoad(ledger, () => ledger.stack.slipway("deploy", "ledger", "2.1.0"));
    await holder.release();
    await failsAsBefore(run);
    assert.match(run.output, /the migration waited 5 s for a lock; once more \(3\/3\)/);
    assert.match(run.output, /\| .*canceling statement due to lock timeout/);
    note(this, summary(run, text));
  });

  it("fault 20 waits for a lock that goes away: it goes on, and the release is live", async function () {
    await using holder = await lockOnRows();
    let released: Promise<void> | undefined;
    const { outcome: run, text } = await underLoad(ledger, () => {
      const onOutput = (output: string) => {
        if (/once more \(1\/3\)/.test(output)) released ??= holder.release();
      };
      return ledger.stack.start(["deploy", "ledger", "2.1.0"], { onOutput }).done;
    });
    await released;
    assert.equal(run.code, 0, run.output);
    assert.equal(await columns(), "id n note");
    note(this, `${text}; live after one more try, exit 0`);
    await ledger.stack.succeed("rollback", "ledger", "--yes", "--database", "keep");
    await ledger.sql("alter table rows drop column note; update revision set id = 'r1'");
  });

  for (const [migration, what] of [
    ["statement", /canceling statement due to statement timeout|was ended after/],
    ["endless", new RegExp(`was ended after ${ENDLESS_SECONDS} s \\(migrations\\.timeoutSeconds\\)`)],
  ] as const) {
    it(`fault 21 SC-13 runs for ever (${migration}): ended in time, exit 3, and nothing of it goes on`, async function () {
      await ledger.redeclare({ migrations: { timeoutSeconds: ENDLESS_SECONDS } });
      await ledger.build(`2.2.0-${migration}`, { revision: "r2", migration });
      const deploy = () => ledger.stack.slipway("deploy", "ledger", `2.2.0-${migration}`);
      const { outcome: run, text } = await underLoad(ledger, deploy);
      assert.match(run.output, what);
      await namesBackup(run, "pre_deployment");
      await until("its session to end", async () => {
        const active = await ledger.sql(
          "select count(*) from pg_stat_activity where query like '%pg_sleep(3600)%' and pid <> pg_backend_pid()",
        );
        return active === "0";
      });
      await failsAsBefore(run);
      note(this, summary(run, text));
    });
  }

  it("fault 22 OV-09 commits a step before one that fails: exit 3, said so with what puts the data back, and that does", async function () {
    await ledger.redeclare({ migrations: { timeoutSeconds: WAITING_SECONDS } });
    await ledger.build("2.4.0", { revision: "r2", migration: "commits" });
    const { outcome: run, text } = await underLoad(ledger, () => ledger.stack.slipway("deploy", "ledger", "2.4.0"));
    assert.equal(run.code, 3, run.output);
    assert.deepEqual([await ledger.served(), await ledger.releases()], [ledger.first, kept]);
    await namesBackup(run, "pre_deployment");
    const [, command = ""] =
      /it left the database at r2, not at r1; .*: slipway (restore ledger backup_\S+ --only database)$/m.exec(
        run.stderr,
      ) ?? assert.fail(run.output);
    assert.match(run.stderr, /ERROR: Live: 1\.0\.0 \(release \w+\), as before; its database is not as before/);
    assert.doesNotMatch(run.output, /Rollback complete/);
    assert.equal((await ledger.state<{ schema: SchemaRecord }>("record.json")).schema.revision, "r2");
    await ledger.stack.succeed(...command.split(" "), "--yes");
    await failsAsBefore(run);
    assert.equal((await ledger.state<{ schema: SchemaRecord }>("record.json")).schema.revision, "r1");
    note(this, summary(run, `${text}; the database came back by the command that was named`));
  });

  it("fault 21 as part of the switch, has the same limits: Postgres ends its statement, exit 3, and everything is as before", async function () {
    const migrations = { timeoutSeconds: ENDLESS_SECONDS, compatible: false };
    await ledger.redeclare({ migrations });
    await ledger.build("2.3.0", { revision: "r2", migration: "statement" });
    const deploy = () => ledger.stack.slipway("deploy", "ledger", "2.3.0");
    const { outcome: run, text } = await underLoad(ledger, deploy, { allowFailures: true });
    assert.match(run.output, /\| .*canceling statement due to statement timeout/);
    await namesBackup(run, "safety");
    await failsAsBefore(run);
    note(this, summary(run, text));
  });

  /** A reader in a long transaction, as a report or a forgotten console: no migration can alter the table meanwhile. */
  const lockOnRows = () => openTransaction(ledger, "select count(*) >= 0 from rows;");
});
