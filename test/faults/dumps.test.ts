import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import Docker from "dockerode";
import { readIndex, updateEntry } from "../../host/backup/backup-index";
import { backupProject } from "../../host/backup/backup-project";
import { freeBytes } from "../../host/backup/free-space";
import { exec } from "../../host/docker";
import { psql } from "../../host/postgres";
import { databasesBeside } from "../../host/restore/fresh-database";
import { changedImage } from "../support/changed-image";
import { limit } from "../support/fault-limits";
import { layoutOf } from "../support/host-program";
import { assertHarmless, trapIn } from "../support/hostile-tenant";
import { KeptLog } from "../support/kept-log";
import { Ledger } from "../support/ledger/ledger";
import { underLoad } from "../support/ledger/under-load";
import { testImages } from "../support/leftovers";
import { machineImages } from "../support/machine-images";
import { note } from "../support/note";
import { replacing } from "../support/postgres-program";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** While it is there, dumps are cut off. */
const CUTS = "/var/lib/postgresql/data/cuts";
/** A tenant beside the ledger, that has a database and serves nothing. */
const SHOP = {
  domains: { local: ["shop.localhost"] },
  database: "shared",
  containers: { web: { port: 8080, health: { path: "/" } } },
};

describe("dumps that are not what they seem, under load", function () {
  this.timeout(limit(180_000, 600_000));
  let ledger: Ledger;
  let postgres: string;

  before(async () => {
    const { images } = await machineImages();
    const config = { images };
    const prepare = async ({ name }: { name: string }) => {
      const stack = { docker: new Docker(), name };
      const target = { repo: testImages(name), tag: "postgres" };
      const dump = `[ -e ${CUTS} ] || exec "$0.real" "$@"; "$0.real" "$@" | head -c 3000; exit 0`;
      const changes = { run: replacing("pg_dump", dump) };
      const postgres = await changedImage(stack, images.postgres as string, target, changes);
      config.images = { ...images, postgres };
    };
    ledger = await Ledger.create({ others: { shop: SHOP }, config, prepare });
    postgres = (await ledger.stack.infrastructure()).postgres as string;
    await ledger.sql("create table balances (said text); insert into balances values ('the balance is 100')");
    await ledger.sql("alter table balances owner to ledger");
    await shop("create table items (id int);", "insert into items select generate_series(1, 100);");
  });
  after(() => ledger?.[Symbol.asyncDispose]());

  const place = () => layoutOf(ledger.stack);
  const latest = async (project: string) =>
    (await readIndex(place(), project)).backups.at(-1) ?? assert.fail(`${project} has no backup`);
  const restore = (project: string) =>
    ledger.stack.slipway("restore", project, "latest", "--only", "database", "--yes");
  const beside = (project: string) => databasesBeside(postgres, project, ["restore", "proof", "before"]);
  /** As the shop's own role. */
  const shop = (...lines: string[]) => psql({ postgres, role: "shop", database: "shop" }, lines);
  /** What a line of shell in Postgres' container makes of some bytes. */
  const through = (line: string, input: Buffer) =>
    execFileSync("docker", ["exec", "-i", postgres, "bash", "-o", "pipefail", "-c", line], { input });

  it("fault 10 one byte changed in an archive that its tools take for good: the restore is refused", async function () {
    await ledger.stack.succeed("backup", "ledger");
    const { file_path } = await latest("ledger");
    const whole = await readFile(file_path);
    const changed = through("zstd -dcq | sed 's/balance is 100/balance is 900/' | zstd -3 --check -q", whole);
    through("zstd -dcq | pg_restore --exit-on-error --file=/dev/null", changed);
    const sizes = [whole, changed].map((archive) => through("zstd -dcq | wc -c", archive).toString());
    assert.equal(sizes[0], sizes[1]);
    assert.match(through("zstd -dcq", changed).toString("latin1"), /the balance is 900/);
    await writeFile(file_path, changed);
    const back = () => writeFile(file_path, whole);
    const { outcome: run, text } = await underLoad(ledger, () => restore("ledger")).finally(back);
    assert.equal(run.code, 2, run.output);
    assert.match(run.stderr, /database\.dump\.zst (is damaged: its SHA-256|has \d+ bytes instead of)/);
    assert.equal(await ledger.sql("select said from balances"), "the balance is 100");
    assert.deepEqual(await beside("ledger"), []);
    note(this, `${text}; refused with exit ${run.code}`);
  });

  it("fault 11 a dump that is cut off is found when it is made, and no restore takes it", async function () {
    const good = await latest("ledger");
    await exec(postgres, ["touch", CUTS]);
    const back = () => exec(postgres, ["rm", CUTS]);
    const backup = () => ledger.stack.slipway("backup", "ledger");
    const { outcome: run, text } = await underLoad(ledger, backup).finally(back);
    assert.equal(run.code, 2, run.output);
    const bad = await latest("ledger");
    assert.deepEqual([bad.verified, bad.status], [false, "failed"]);
    const refused = await ledger.stack.slipway("restore", "ledger", bad.backup_id, "--yes");
    assert.equal(refused.code, 2, refused.output);
    assert.notEqual(bad.backup_id, good.backup_id);
    note(this, `${text}; exit ${run.code}, and a restore of it, too`);
  });

  it("fault 12 a backup of a database that has become empty is suspicious; the full one stays the latest", async function () {
    await ledger.stack.succeed("backup", "shop");
    await shop("delete from items;");
    const { outcome: run, text } = await underLoad(ledger, () => ledger.stack.slipway("backup", "shop"));
    assert.equal(run.code, 2, run.output);
    assert.match(run.stderr, /is suspicious: the database is empty: 1 tables with 0 rows/);
    const restored = await restore("shop");
    assert.equal(restored.code, 0, restored.output);
    assert.match(restored.stderr, /WARN: release: no release of shop serves yet/);
    assert.equal((await shop("select count(*) from items;")).trim(), "100");
    note(this, `${text}; exit ${run.code}; the full one was restored`);
  });

  it("fault 14 plain SQL that fails half way fails the restore, and reaches no database that has something", async function () {
    await ledger.redeclare({ others: { shop: SHOP }, project: { backup: { format: "gzip" } } });
    await ledger.stack.succeed("backup", "ledger");
    const entry = await latest("ledger");
    const sql = gunzipSync(await readFile(entry.file_path)).toString("latin1");
    const broken = gzipSync(Buffer.from(sql.replace(/^COPY public\.rows/m, "select 1/0;\n$&"), "latin1"));
    await writeFile(entry.file_path, broken);
    const sha256 = createHash("sha256").update(broken).digest("hex");
    const as = { sha256, bytes: broken.length };
    const files = entry.files.map((file) => (file.kind === "database" ? { ...file, ...as } : file));
    await updateEntry(place(), { ...entry, ...as, files });
    const { outcome: run, text } = await underLoad(ledger, () => restore("ledger"));
    assert.notEqual(run.code, 0, run.output);
    assert.match(run.stderr, /division by zero/);
    assert.deepEqual(await beside("ledger"), []);
    await ledger.redeclare({ others: { shop: SHOP } });
    note(this, `${text}; exit ${run.code}`);
  });

  it("fault 18 whatever the clock does while backups are made, they stay in order and none expires", async function () {
    const start = Date.now();
    const clock = [0, -HOUR, DAY, DAY, 0, 30 * DAY];
    const { log } = new KeptLog();
    const { outcome: made, text } = await underLoad(ledger, async () => {
      const ids: string[] = [];
      for (const offset of clock) {
        const wish = { project: "ledger", type: "manual", by: "ann", lockWaitSeconds: 60 } as const;
        const now = () => new Date(start + offset);
        ids.push((await backupProject(place(), log, wish, { now, freeBytes, minimumFreeBytes: 0 })).backup_id);
      }
      return ids;
    });
    const listed = (await ledger.backups()).map(({ backup_id }) => backup_id);
    assert.deepEqual(listed.slice(-clock.length), made);
    assert.equal(new Set(made).size, clock.length);
    note(this, `${text}; ${made.length} backups in the order in which they were made`);
  });

  it("fault 50 what a hostile tenant put into its dump runs with its own rights alone, whoever restores it", async function () {
    const runs: (number | null)[] = [];
    const { text } = await underLoad(ledger, async () => {
      for (const format of ["zstd", "gzip"]) {
        await ledger.redeclare({ others: { shop: { ...SHOP, backup: { format } } } });
        await shop(...trapIn("items"));
        await ledger.stack.succeed("backup", "shop");
        const run = await restore("shop");
        assert.equal(run.code, 0, run.output);
        runs.push(run.code);
        await assertHarmless(postgres);
      }
    });
    note(this, `${text}; restored ${runs.length} times, with no right that the tenant does not have`);
  });
});
