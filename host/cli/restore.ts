import { nearest } from "../../config/nearest";
import { type BackupEntry, backupEntries } from "../backup/backup-index";
import { ContractError } from "../contract-error";
import { durationText } from "../duration-text";
import type { Finding } from "../finding";
import type { Layout } from "../layout";
import type { Log } from "../log";
import { backupAt, moment } from "../restore/backup-time";
import { chooseProject } from "./choose-project";
import { type Call, type CliCommand, UsageError } from "./command";
import { confirm } from "./confirm";
import { RESTORE_PARTS, type RestorePart } from "./operations";

const USAGE = `Examples:
  restore.sh shop latest                          the newest verified backup, whole
  restore.sh shop backup_20260304_050607          a certain one
  restore.sh shop --at "2026-11-20 14:00Z"        the newest from before that time
  restore.sh shop latest --only database --yes    the database alone, without a question
  restore.sh shop latest --dry-run                what would be done, and whether the backup is whole
  restore.sh shop latest --skip-backup            what is there cannot be backed up any more

usage: restore.sh [PROJECT] BACKUP|--at TIME [--only PARTS] [--skip-backup] [--dry-run] [--yes] [--json]
                  [--stack STACK]

Brings a backup back: into a fresh database, verified, then swapped in; the replaced one is kept. BACKUP is a path,
an id or latest. PROJECT may be left out where the host has only one. Asks before anything is replaced.

  --at TIME        the newest verified backup that is not after it; in UTC where it names no zone
  --only PARTS     some of database,volumes,images,configuration
  --skip-backup    make no backup of what is replaced; the replaced database and files are kept all the same
  --dry-run        check the backup, say what would be replaced, and change nothing
  --yes            do not ask
  --json           print the outcome as JSON and nothing else on stdout
  --stack STACK    refuse when this host runs another stack

exit codes: 0 done; 1 failed; 2 no such backup, or it is damaged; 3 the database cannot be reached
environment: ROLLBACK_CONFIRM=yes for --yes; BACKUP_DIR, folder of all backups
`;

const DONE = 0;
const FAILED = 1;

/** SC-09, MT-17 */
export const restore: CliCommand = {
  usage: USAGE,
  options: {
    only: { type: "string" },
    "skip-backup": { type: "boolean" },
    at: { type: "string" },
    "dry-run": { type: "boolean" },
    yes: { type: "boolean", short: "y" },
  },
  mostArguments: 2,
  isOperation: true,
  async run(call: Call): Promise<number> {
    const { layout, log, given, options, json, by, operations, print } = call;
    const parts = partsOf(options.only as string | undefined);
    const exact = {
      ...(options.only !== undefined && { allParts: true }),
      ...(options["skip-backup"] === true && { skipsBackup: true }),
    };
    const { project, backup } = await chosen(layout, given, options.at as string | undefined);
    const outcome = (result: "planned" | "succeeded") => {
      if (json) print(`${JSON.stringify({ schemaVersion: 1, result, project, backup, parts }, null, 2)}\n`);
      return DONE;
    };
    if (options["dry-run"] === true) {
      await operations.restoreProject(layout, log, { project, backup, parts, ...exact, by, dryRun: true });
      log.info("nothing was changed, as --dry-run asks");
      return outcome("planned");
    }
    await confirm(call, await questionOf(call, project, backup, parts));
    await operations.restoreProject(layout, log, { project, backup, parts, ...exact, by }, async () =>
      refuseUnsound(log, project, parts, await operations.verifyRelease(layout, project)),
    );
    log.success("Restore successful");
    return outcome("succeeded");
  },
};

/** Logs warnings; throws `ContractError` 1 with all that is wrong. */
function refuseUnsound(log: Log, project: string, parts: RestorePart[], findings: Finding[]): void {
  const linesOf = (wanted: Finding["severity"]) =>
    findings.filter(({ severity }) => severity === wanted).map(({ check, text }) => `${check}: ${text}`);
  for (const line of linesOf("warning")) log.warn(line);
  const wrong = linesOf("error");
  if (wrong.length === 0) return;
  const hasData = parts.includes("database") || parts.includes("volumes");
  const restored = hasData
    ? "the data is restored, and its release is not well with it"
    : `restored: ${parts.join(", ")}; the release that serves is not well`;
  throw new ContractError(`${project}: ${restored}: ${wrong.join("; ")}`, FAILED);
}

/** The last argument is the backup, unless a time says which. */
async function chosen(layout: Layout, given: string[], time: string | undefined) {
  if (time === undefined) {
    const backup = given.at(-1);
    if (backup === undefined) throw new UsageError("which backup? a path, an id, latest, or --at TIME");
    const project = await chooseProject(layout, given.length > 1 ? given[0] : undefined);
    return { project, backup: backup === "latest" ? await newest(layout, project) : backup };
  }
  if (given.length > 1) throw new UsageError(`${given[1]}, and --at: one of them says which backup`);
  const at = moment(time);
  if (!at) throw new UsageError(`--at ${time}: a time such as "2026-11-20 14:00Z"`);
  const project = await chooseProject(layout, given[0]);
  return { project, backup: (await backupAt(layout, project, at)).backup_id };
}

/** Its id: what is asked about is what is restored, though another backup is done meanwhile. */
async function newest(layout: Layout, project: string): Promise<string> {
  const { findBackup } = await import("../restore/find-backup");
  return (await findBackup(layout, project, "latest")).entry.backup_id;
}

function partsOf(only: string | undefined): RestorePart[] {
  if (only === undefined) return [...RESTORE_PARTS];
  return only.split(",").map((word) => {
    const part = RESTORE_PARTS.find((known) => known === word.trim());
    if (part !== undefined) return part;
    const guess = nearest(word.trim(), [...RESTORE_PARTS]);
    const hint = guess === undefined ? "" : `; did you mean ${guess}?`;
    throw new UsageError(`--only: unknown part "${word}"${hint} allowed: ${RESTORE_PARTS.join(", ")}`);
  });
}

/** Says what would be lost; what is wrong with the backup is for the restore to say. */
async function questionOf({ layout, now }: Call, project: string, backup: string, parts: string[]): Promise<string> {
  const entries = await backupEntries(layout, project).catch((): BackupEntry[] => []);
  const entry = entries.find(({ backup_id, file_path }) => backup_id === backup || file_path === backup);
  const seconds = entry && (now.getTime() - Date.parse(entry.created_at)) / 1000;
  const loss = seconds === undefined ? "" : `, taken ${durationText(seconds)} ago: what was written since is lost`;
  return `Replace ${parts.join(", ")} of ${project} by ${entry?.backup_id ?? backup}${loss}?`;
}
