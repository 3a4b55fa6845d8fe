import { describedProjects } from "../description";
import { chooseProject } from "./choose-project";
import { type Call, type CliCommand, UsageError } from "./command";
import { BACKUP_TYPES, type BackupType } from "./operations";

const USAGE = `Examples:
  backup.sh                     back up the only project of this host
  backup.sh shop                back up shop
  backup.sh shop scheduled      and prove it, by a restore into a scratch database
  backup.sh --all scheduled     as the timer does

usage: backup.sh [PROJECT|--all] [scheduled|pre_deployment|manual] [--json] [--stack STACK]

Backs up a project: database, volumes, generated configuration and the tags of its images; reads it back. The last line
names the file. PROJECT may be left out where the host has only one; the type is manual where it is left out.

  --all            every project that is deployed, one after the other
  --json           print the backup's entry (with --all: a list) as JSON and nothing else on stdout
  --stack STACK    refuse when this host runs another stack

exit codes: 0 done; 1 the dump failed; 2 it could not be verified; 3 less than 2 GB are free
environment: BACKUP_DIR, folder of all backups
`;

/** SC-05; the backup itself says last which file it is. */
export const backup: CliCommand = {
  usage: USAGE,
  options: { all: { type: "boolean" } },
  mostArguments: 2,
  isOperation: true,
  async run({ layout, log, given, options, json, by, operations, print }: Call): Promise<number> {
    if (options.all) {
      const { type } = allArguments(given);
      const { backUpAll } = await import("../backup/back-up-all");
      const entries = await backUpAll(layout, log, { type, by, backUp: operations.backupProject });
      if (json) print(`${JSON.stringify({ schemaVersion: 1, backups: entries }, null, 2)}\n`);
      return 0;
    }
    const { project: named, type } = backupArguments(given, await describedProjects(layout));
    const project = await chooseProject(layout, named);
    const entry = await operations.backupProject(layout, log, { project, type, by });
    if (json) print(`${JSON.stringify({ schemaVersion: 1, ...entry }, null, 2)}\n`);
    return 0;
  },
};

/** One argument alone is a type where it is the word for one, unless a project has that name. */
export function backupArguments(given: string[], known: string[]): { project?: string; type: BackupType } {
  const [first, second] = given;
  if (second === undefined && first !== undefined && isType(first) && !known.includes(first)) return { type: first };
  if (second !== undefined && !isType(second)) {
    throw new UsageError(`unknown type ${second}; allowed: ${BACKUP_TYPES.join(", ")}`);
  }
  return { ...(first !== undefined && { project: first }), type: (second as BackupType | undefined) ?? "manual" };
}

/** With `--all` there is no project to name. */
function allArguments([type = "manual", extra]: string[]): { type: BackupType } {
  if (extra !== undefined) throw new UsageError(`--all, and ${type}: all projects, or one`);
  if (!isType(type)) throw new UsageError(`unknown type ${type}; allowed: ${BACKUP_TYPES.join(", ")}`);
  return { type };
}

function isType(text: string): text is BackupType {
  return (BACKUP_TYPES as readonly string[]).includes(text);
}
