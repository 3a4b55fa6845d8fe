const FORM = /^backup_(\d{8}_\d{6})(?:_(\d+))?$/;

export function isBackupId(text: string): boolean {
  return FORM.test(text);
}

/**
 * The id of a backup made now: its time in UTC, and a sequence where that alone would not come after the last one, in
 * the same second or after the clock was set back. So ids are unique, and their order is the order of the backups.
 */
export function nextBackupId(last: string | undefined, now: Date): string {
  const [date = "", time = ""] = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").split("T");
  const id = `backup_${date}_${time}`;
  if (last === undefined || compareBackupIds(last, id) < 0) return id;
  const { moment, sequence } = parts(last);
  return `backup_${moment}_${sequence + 1}`;
}

/** Below 0 where `a` was made before `b`. */
export function compareBackupIds(a: string, b: string): number {
  const [first, second] = [parts(a), parts(b)];
  if (first.moment !== second.moment) return first.moment < second.moment ? -1 : 1;
  return first.sequence - second.sequence;
}

function parts(id: string): { moment: string; sequence: number } {
  const [, moment, sequence] = FORM.exec(id) ?? [];
  if (moment === undefined) throw new Error(`"${id}" is not the id of a backup (backup_YYYYMMDD_HHMMSS)`);
  return { moment, sequence: Number(sequence ?? 1) };
}
