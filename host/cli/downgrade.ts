import type { BackupEntry } from "../backup/backup-index";
import { downgrade as downgradeDatabase, refuseWithoutDowngrade } from "../downgrade";
import { readRecord } from "../record";
import { chooseProject } from "./choose-project";
import type { Call, CliCommand } from "./command";
import { confirm } from "./confirm";

const USAGE = `Examples:
  slipway downgrade shop          back up, then one revision back
  slipway downgrade shop --yes    without a question

usage: slipway downgrade [PROJECT] [--yes] [--json] [--stack STACK]

Runs the project's own downgrade command (migrations.downgrade of projects.yml) once, in a container of the live
release, after a backup. Traffic stays where it is: the live release has to work with the older schema, too.

  --yes            do not ask
  --json           print the outcome as JSON and nothing else on stdout
  --stack STACK    refuse when this host runs another stack

exit codes: 0 done; 1 refused; 2 the backup failed, nothing changed; 3 the downgrade failed
`;

const BACKUP_FAILED = 2;

/** MT-26 */
export const downgrade: CliCommand = {
  usage: USAGE,
  options: { yes: { type: "boolean", short: "y" } },
  mostArguments: 1,
  isOperation: true,
  async run(call: Call): Promise<number> {
    const { layout, log, given, json, by, operations, print } = call;
    const project = await chooseProject(layout, given[0]);
    await refuseWithoutDowngrade(layout, project);
    const { schema, live } = await readRecord(layout, project);
    const from = schema?.revision ? ` from ${schema.revision}` : "";
    await confirm(call, `Downgrade the database of ${project}${from} under release ${live?.version}, after a backup?`);
    let backup: BackupEntry;
    try {
      backup = await operations.backupProject(layout, log, { project, type: "manual", by });
    } catch (error) {
      log.error(`the backup failed, so nothing was changed: ${(error as Error).message}`);
      return BACKUP_FAILED;
    }
    await downgradeDatabase(layout, log, project, backup.backup_id);
    if (json) print(`${JSON.stringify({ schemaVersion: 1, result: "succeeded", project }, null, 2)}\n`);
    return 0;
  },
};
