import { strict as assert } from "node:assert";
import { readFile } from "node:fs/promises";
import { InterruptedError } from "../interruption";
import { PostgresError } from "../postgres";
import { DamagedBackupError } from "../restore/find-backup";
import { restoreError } from "../restore/restore-error";
import { UnrestorableError } from "../restore/unrestorable";
import { isOfBackup } from "./prove-backup";

describe("what a proof failed by", () => {
  const wrapped = (error: Error) => restoreError("shop", error, "the database of shop is untouched");

  it("fault 15 is the backup: a damaged file, an archive that cannot be restored, rows that differ", () => {
    assert.equal(isOfBackup(new DamagedBackupError("it is damaged")), true);
    assert.equal(isOfBackup(wrapped(new UnrestorableError("restoring it ended with 1"))), true);
    assert.equal(isOfBackup(wrapped(new UnrestorableError("public.events has 1 rows instead of 2 rows"))), true);
  });

  it("fault 15 is not the backup: an interrupt, Postgres, Docker, the file system, a project without a database", async () => {
    const fromSystem = await readFile("/nowhere").then(
      () => assert.fail(),
      (error: Error) => error,
    );
    for (const error of [
      new InterruptedError(),
      new PostgresError("Postgres cannot be reached", true),
      new PostgresError("could not extend file", false),
      Object.assign(new Error("(HTTP code 404) no such container"), { statusCode: 404 }),
      fromSystem,
      new SyntaxError("Unexpected end of JSON input"),
      new Error("anything else"),
    ]) {
      assert.equal(isOfBackup(wrapped(error)), false, error.message);
      assert.equal(isOfBackup(error), false, error.message);
    }
    assert.equal(isOfBackup(new Error("backup_20260101_000000 has no database of shop")), false);
  });
});
