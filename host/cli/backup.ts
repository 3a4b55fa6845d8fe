import type { BackupEntry } from "../backup/backup-index";
import { ContractError } from "../contract-error";
import { describedProjects, platformDescription } from "../description";
import type { Layout } from "../layout";
import { chooseProject } from "./choose-project";
import { type Call, type CliCommand, UsageError } from "./command";
import { BACKUP_TYPES, type BackupType, type Operations } from "./operations";

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

exit codes: 0 done; 1 the dump failed; 2 it, or its copy in the object store, is not verified; 3 less than 2 GB are free
environment: BACKUP_DIR, folder of all backups
`;

/** Exit code of the script contract (SC-05). */
const NOT_VERIFIED = 2;

/** SC-05; the backup itself says last which file it is. */
export const backup: CliCommand = {
  usage: USAGE,
  options: { all: { type: "boolean" } },
  mostArguments: 2,
  isOperation: true,
  async run({ layout, log, given, options, json, by, operations, print }: Call): Promise<number> {
    const backUp: Operations["backupProject"] = async (...wanted) => {
      const entry = await operations.backupProject(...wanted);
      await refuseWithoutCopy(layout, entry);
      return entry;
    };
    if (options.all) {
      const { type } = allArguments(given);
      const { backUpAll } = await import("../backup/back-up-all");
      const entries = await backUpAll(layout, log, { type, by, backUp });
      if (json) print(`${JSON.stringify({ schemaVersion: 1, backups: entries }, null, 2)}\n`);
      return 0;
    }
    const { project: named, type } = backupArguments(given, await describedProjects(layout));
    const project = await chooseProject(layout, named);
    const entry = await backUp(layout, log, { project, type, by });
    if (json) print(`${JSON.stringify({ schemaVersion: 1, ...entry }, null, 2)}\n`);
    return 0;
  },
};

/** A backup that should be in the object store and is not is whole, and goes with its host: said by the exit code (SC-08). */
async function refuseWithoutCopy(layout: Layout, { project, backup_id, uploaded_at }: BackupEntry): Promise<void> {
  const { s3 } = await platformDescription(layout);
  if (s3 === undefined || uploaded_at !== null) return;
  throw new ContractError(
    `${project}: backup ${backup_id} is whole, and on this host only: its copy in ${s3.bucket} could not be made\n` +
      "hint: why is said above; the next backup makes up for it",
    NOT_VERIFIED,
  );
}

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
