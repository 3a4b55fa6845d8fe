import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import type { BackupEntry } from "../host/backup/backup-index";
import { Ledger } from "./support/ledger/ledger";
import { onTerminal } from "./support/on-terminal";
import type { Run } from "./support/test-stack";
import { until } from "./support/until";

/** Longest operation on a database where a test holds a lock, in seconds. */
const DATABASE_TIMEOUT = "2";

describe("the exit codes of deploy and rollback, by what failed", function () {
  this.timeout(240_000);
  let ledger: Ledger;

  beforeEach(async () => {
    ledger = await Ledger.create();
  });
  afterEach(() => ledger?.[Symbol.asyncDispose]());

  async function deploySecond(): Promise<string> {
    await ledger.build("2.0.0", { revision: "r2" });
    await ledger.stack.succeed("deploy", "ledger", "2.0.0");
    return ledger.served();
  }

  /** The command while nobody can dump the rows: a backup is ended at its limit. */
  async function withoutDumps(...args: string[]): Promise<Run> {
    const locked = ledger.sql("begin; lock table rows in access exclusive mode; select pg_sleep(40)").catch(() => "");
    const holders = "from pg_stat_activity where query like '%pg_sleep(40)%' and pid <> pg_backend_pid()";
    await until("the lock", async () => (await ledger.sql(`select count(*) ${holders}`)) === "1");
    try {
      return await ledger.stack.start(args, { env: { DATABASE_TIMEOUT } }).done;
    } finally {
      await ledger.sql(`select pg_terminate_backend(pid) ${holders}`);
      await locked;
    }
  }

  /** The backup that a rollback to 1.0.0 restores. */
  async function backupOfFirst(): Promise<BackupEntry> {
    const found = (await ledger.backups()).findLast(
      ({ schema_revision, verified }) => verified && schema_revision === "r1",
    );
    return found ?? assert.fail("there is no backup at r1");
  }

  it("SC-04 RB-10 a rollback whose backup is damaged, or cannot be restored, ends with 3, and one without a safety backup with 1", async () => {
    const second = await deploySecond();
    const file = await readFile(ledger.stack.stackFile, "utf8");
    const rollback = ["rollback", "ledger", "--yes"];

    const locked = await withoutDumps(...rollback);
    assert.equal(locked.code, 1, locked.output);
    assert.match(locked.stderr, /ERROR: Rollback of ledger failed: .*nothing was changed/);

    const index = join(ledger.stack.folder, ".slipway/var/lib/slipway/backups/ledger/backup_index.json");
    const text = await readFile(index, "utf8");
    const { backup_id } = await backupOfFirst();
    const changed = JSON.parse(text);
    for (const entry of changed.backups) if (entry.backup_id === backup_id) entry.database.rows["public.rows"] = 12345;
    await writeFile(index, JSON.stringify(changed));
    const unlike = await ledger.stack.slipway(...rollback, "--backup", backup_id);
    assert.equal(unlike.code, 3, unlike.output);
    await writeFile(index, text);

    const dump = join(ledger.stack.folder, `.slipway/var/lib/slipway/backups/ledger/${backup_id}/database.dump.zst`);
    const bytes = await readFile(dump);
    bytes[bytes.length - 20] = (bytes[bytes.length - 20] as number) ^ 1;
    await writeFile(dump, bytes);
    const damaged = await ledger.stack.slipway(...rollback, "--backup", backup_id);
    assert.equal(damaged.code, 3, damaged.output);
    assert.match(damaged.stderr, /database\.dump\.zst.*nothing was touched/);

    assert.equal(await ledger.served(), second);
    assert.equal(await readFile(ledger.stack.stackFile, "utf8"), file);
  });

  it("SC-04 RB-06 a rollback for which no backup fits ends with 3 at --yes, and on a terminal asks for containers only", async () => {
    const second = await deploySecond();
    const index = join(ledger.stack.folder, ".slipway/var/lib/slipway/backups/ledger/backup_index.json");
    const changed = JSON.parse(await readFile(index, "utf8"));
    for (const entry of changed.backups) entry.verified = false;
    await writeFile(index, JSON.stringify(changed));

    const refused = await ledger.stack.slipway("rollback", "ledger", "--yes");
    assert.equal(refused.code, 3, refused.output);
    assert.match(refused.stderr, /there is no verified backup at revision r1 or an older one; containers only: /);
    assert.equal(await ledger.served(), second);

    const program = resolve(__dirname, "../.slipway/build/slipway.js");
    const env = Object.entries(ledger.stack.env).map(([name, value]) => `${name}='${value}'`);
    const line = `cd ${ledger.stack.folder} && env ${env.join(" ")} ${process.execPath} ${program} rollback ledger`;
    const { code, output } = await onTerminal(line, "yes\r");
    assert.equal(code, 0, output);
    assert.match(output, /Go back to 1\.0\.0, containers only\? \[yes\/no\]: /);
    assert.deepEqual([await ledger.served(), await ledger.sql("select id from revision")], [ledger.first, "r2"]);
  });

  it("SC-03 a safety backup that fails inside a migration ends a deploy with 2, before the migration", async () => {
    await ledger.redeclare({ migrations: { transactional: false } });
    await ledger.build("2.0.0", { revision: "r2" });
    const run = await withoutDumps("deploy", "ledger", "2.0.0", "--skip-backup");
    assert.equal(run.code, 2, run.output);
    assert.equal(await ledger.sql("select id from revision"), "r1");
    assert.equal(await ledger.served(), ledger.first);
  });

  it("SC-03 a failed migration ends with 3, and with 1 where what it left could not be taken away either", async () => {
    await ledger.build("2.0.0", { revision: "r2", migration: "half" });
    assert.equal((await ledger.stack.slipway("deploy", "ledger", "2.0.0")).code, 3);

    const program = join(ledger.stack.folder, ".slipway/opt/slipway/host.js");
    const whole = await readFile(program, "utf8");
    const called = join(ledger.stack.folder, "backed-up");
    // The first call is the deploy's, the second that of the way back.
    const lost = [
      'const fs = require("node:fs");',
      `if (process.argv.includes("pre-deploy-backup") && fs.existsSync(${JSON.stringify(called)})) process.exit(255);`,
      `if (process.argv.includes("pre-deploy-backup")) fs.writeFileSync(${JSON.stringify(called)}, "");`,
    ];
    await writeFile(program, `${lost.join("\n")}\n${whole}`);
    const run = await ledger.stack.slipway("deploy", "ledger", "2.0.0");
    assert.equal(run.code, 1, run.output);
    assert.match(run.stderr, /ERROR: what the release left could not be taken away: .*slipway up/);
    assert.match(run.stderr, /ERROR: Live: 1\.0\.0 \(release \w+\), as before/);
    assert.equal(await ledger.served(), ledger.first);
  });

  it("MT-05 SC-03 what speaks against a deploy in the checkout and on the host is listed at once", async () => {
    const git = (...args: string[]) => promisify(execFile)("git", args, { cwd: ledger.stack.folder });
    await git("init", "--quiet");
    await git("add", "projects.yml");
    await git("-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "--quiet", "-m", "First");
    await ledger.stack.configure({ deploy: { "*": { watchSeconds: 0, freeGB: 900_000 } } });
    await ledger.stack.deployed();
    await ledger.build("2.0.0");
    await writeFile(join(ledger.stack.folder, "projects.yml"), "# edited\n", { flag: "a" });
    const before = await readFile(ledger.stack.stackFile, "utf8");
    const run = await ledger.stack.slipway("deploy", "ledger", "2.0.0");
    assert.equal(run.code, 1, run.output);
    assert.match(run.stderr, /2 checks before the deploy of release \w+ failed; nothing was changed/);
    assert.match(
      run.output,
      /^ {2}- edits that are not committed: projects\.yml;.* \(--force goes on nevertheless\)$/m,
    );
    assert.match(run.output, /^ {2}- only [\d.]+ GB free at .* \(--force goes on nevertheless\)$/m);
    assert.equal(await readFile(ledger.stack.stackFile, "utf8"), before);
    const forced = await ledger.stack.succeed("deploy", "ledger", "2.0.0", "--force");
    assert.match(forced.output, /WARN: ledger: edits that are not committed: .*; going on because of --force/);
  });
});
