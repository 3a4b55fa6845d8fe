import { type BackupEntry, backupEntries } from "../backup/backup-index";
import { ContractError } from "../contract-error";
import type { Layout } from "../layout";
import { timestamp } from "../log";

/** Exit code of the script contract (SC-09). */
const NOT_FOUND = 2;
const FORM = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?))?\s*(Z|UTC|[+-]\d\d:?\d\d)?$/i;

/** A moment as a person types it, `2026-11-20 14:00Z`; in UTC where no zone is given. `undefined` where it is none. */
export function moment(text: string): Date | undefined {
  const [, date, time = "00:00", zone = "Z"] = FORM.exec(text.trim()) ?? [];
  if (date === undefined) return undefined;
  const found = new Date(`${date}T${time}${zone.toUpperCase() === "UTC" ? "Z" : zone.toUpperCase()}`);
  return Number.isNaN(found.getTime()) ? undefined : found;
}

/** The newest verified backup that is not after a moment. Throws `ContractError` 2 where there is none. */
export async function backupAt(layout: Layout, project: string, at: Date): Promise<BackupEntry> {
  const usable = (await backupEntries(layout, project)).filter(({ verified }) => verified);
  const found = usable.find(({ created_at }) => Date.parse(created_at) <= at.getTime());
  if (found) return found;
  const oldest = usable.at(-1);
  const hint = oldest
    ? `the oldest is ${oldest.backup_id}, of ${timestamp(new Date(oldest.created_at))} UTC`
    : "there is no verified one at all";
  throw new ContractError(`${project}: there is no backup from before ${timestamp(at)} UTC\nhint: ${hint}`, NOT_FOUND);
}
