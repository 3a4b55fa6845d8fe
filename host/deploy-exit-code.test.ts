import { strict as assert } from "node:assert";
import { BackupError } from "./backup/backup-error";
import { ContractError } from "./contract-error";
import { deployExitCode } from "./deploy-exit-code";
import { MigrationError } from "./migration-command";
import { PostgresError } from "./postgres";

const noRoom = new BackupError(new ContractError("less than 2 GB are free", 3));
const damaged = new ContractError("its checksum is another", 2);
const unreachable = new ContractError("the restore failed: no connection", 3);

describe("the exit code of a deploy or a rollback", () => {
  it("SC-03 a deploy: 2 for a backup, also one inside a migration, 3 for a migration, 1 for anything else", () => {
    assert.equal(deployExitCode("preflight", new ContractError("no", 1), "deploy"), 1);
    assert.equal(deployExitCode("pre-deploy-backup", damaged, "deploy"), 2);
    assert.equal(deployExitCode("migrate", noRoom, "deploy"), 2);
    assert.equal(deployExitCode("rollout", noRoom, "deploy"), 2);
    assert.equal(deployExitCode("migrate", new MigrationError("exited 1"), "deploy"), 3);
    assert.equal(deployExitCode("rollout", new MigrationError("exited 1"), "deploy"), 3);
    assert.equal(deployExitCode("rollout", new Error("not healthy"), "deploy"), 1);
  });

  it("SC-03 a deploy whose migration could not be taken back ends with 1, whatever the restore's own code is", () => {
    for (const error of [damaged, unreachable]) assert.equal(deployExitCode("migrate", error, "deploy"), 1);
  });

  it("SC-04 a rollback: 3 for a restore, damaged backups too, and 1 for backup, migration and the rest", () => {
    for (const error of [damaged, unreachable, new Error("pg_restore ended with 1")]) {
      assert.equal(deployExitCode("restore-prepare", error, "rollback"), 3);
    }
    assert.equal(deployExitCode("rollout", new PostgresError("it could not take its place", false), "rollback"), 3);
    assert.equal(deployExitCode("pre-deploy-backup", noRoom, "rollback"), 1);
    assert.equal(deployExitCode("migrate", new MigrationError("exited 1"), "rollback"), 1);
    assert.equal(deployExitCode("rollout", new Error("not healthy"), "rollback"), 1);
  });
});
