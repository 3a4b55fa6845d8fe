import { strict as assert } from "node:assert";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FailedMigration, failedMigration } from "./failed-migration";
import { type Layout, layout } from "./layout";
import { MigrationError } from "./migration-command";
import { readRecord, writeRecord } from "./record";
import { liveRelease } from "./record.fixture";
import { suits } from "./schema";

const OUTPUT = "\n  | relation exists";

describe("a migration that failed, and was to leave nothing behind", () => {
  let root: string;
  let place: Layout;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "slipway-failed-migration-"));
    place = layout(root);
    const schema = { revision: "0001", heads: { first: "0001" } };
    await writeRecord(place, "shop", { serial: 1, drainingWorkers: [], live: liveRelease("aaaa"), schema });
  });
  afterEach(() => rm(root, { recursive: true }));

  /** What is told where `current` then says this. */
  async function told(stdout: string, changes: Partial<FailedMigration> = {}, exitCode = 0) {
    const wanted = { project: "shop", current: ["alembic", "current"], isCompatible: true };
    const error = new MigrationError(`shop: the migration failed${OUTPUT}`);
    const failed = { wanted, record: await readRecord(place, "shop"), backup: "backup_1", error, ...changes };
    return failedMigration(place, failed, async () => ({ exitCode, stdout, output: stdout, timedOut: false }));
  }

  it("fault 22 is told as it is where the database is at the revision of before", async () => {
    const before = await readRecord(place, "shop");
    const error = await told("0001 (head)\n");
    assert.deepEqual([error.message, error.database], [`shop: the migration failed${OUTPUT}`, undefined]);
    assert.deepEqual(await readRecord(place, "shop"), before);
  });

  it("fault 22 says what it left behind and what puts that back, and keeps its exit code and output", async () => {
    const error = await told("0002\n");
    assert.equal(
      error.message,
      "shop: the migration failed; it left the database at 0002, not at 0001; to put the data back, without what was " +
        `written since: slipway restore shop backup_1 --only database${OUTPUT}`,
    );
    assert.equal(error.database, "changed");
    assert.equal((error as MigrationError).exitCode, 3);
  });

  it("OV-09 the record has what the database is at, and no image that would have brought it there", async () => {
    await told("0002\n");
    const { schema } = await readRecord(place, "shop");
    assert.deepEqual([schema?.revision, schema?.heads], ["0002", { first: "0001" }]);
    assert.ok(schema && suits(schema, "0001"), "as the project says of the migration");
  });

  it("fault 22 of a database that had no revision, without a backup, says where the backups are listed", async () => {
    await writeRecord(place, "shop", { serial: 1, drainingWorkers: [] });
    assert.match(
      (await told("0001\n", { backup: "" })).message,
      /it left the database at 0001, not at none; there is no backup .*: slipway deployment-status shop --rollback\n/,
    );
    assert.equal((await readRecord(place, "shop")).schema?.revision, "0001");
  });

  it("fault 22 does not take a database that serves, and whose revision nobody wrote down, for one without", async () => {
    const { schema: _, ...record } = await readRecord(place, "shop");
    for (const schema of [undefined, { revision: "", heads: { first: "" } }]) {
      await writeRecord(place, "shop", { ...record, ...(schema && { schema }) });
      const { message, database } = await told("0005\n");
      assert.match(
        message,
        /^shop: the migration failed; .* could not be compared: it is at 0005, and where it was before is not recorded\n/,
      );
      assert.equal(database, "unknown");
      assert.deepEqual((await readRecord(place, "shop")).schema, schema);
    }
  });

  it("fault 22 says that nothing could be compared where the revision cannot be read, after what went wrong first", async () => {
    const unread = await told("", {}, 1);
    assert.match(unread.message, /^shop: the migration failed; .* could not be compared: alembic current exited 1\n/);
    assert.equal(unread.database, "unknown");
    const undeclared = await told("", { wanted: { project: "shop", isCompatible: true } });
    assert.match(undeclared.message, /could not be compared: the project declares no migrations\.current\n/);
    assert.equal((await readRecord(place, "shop")).schema?.revision, "0001");
  });

  it("fault 7 names the way back though the record cannot be written", async () => {
    await mkdir(join(place.project("shop"), `record.json.${process.pid}.tmp`));
    const { message, database } = await told("0002\n");
    assert.match(
      message,
      /at 0002, not at 0001, which could not be written down \(.*\); .*: slipway restore shop backup_1/,
    );
    assert.equal(database, "changed");
  });
});
