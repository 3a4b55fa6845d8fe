/** Which revision of its schema a project's database is at, and which images brought it where. */
export interface SchemaRecord {
  /** What the project's `current` command printed after the last migration. */
  revision: string;
  /** Image reference to the revision it brought the database to. */
  heads: Record<string, string>;
  /** The revisions that the database came through, oldest first, to the present one; records of old have none. */
  path?: string[];
}

/** After a migration: `image` brought the database to this revision. */
export function broughtTo(before: SchemaRecord | undefined, image: string | undefined, revision: string): SchemaRecord {
  return {
    revision,
    heads: { ...before?.heads, ...(image !== undefined && { [image]: revision }) },
    path: [...pathOf(before).filter((one) => one !== revision), revision],
  };
}

/** After a restore or a downgrade: what had brought the database further has to do so again. */
export function takenBackTo(before: SchemaRecord, revision: string): SchemaRecord {
  const path = upTo(pathOf(before), revision);
  // Those that do not tell where they brought it count as never run.
  const heads = Object.entries(before.heads).filter(([, head]) => head !== "");
  return { revision, heads: Object.fromEntries(heads), path: path.includes(revision) ? path : [revision] };
}

/** Whether the database came through one revision before the other; "" is from before the first migration. */
export function isBefore(schema: SchemaRecord, revision: string, other: string): boolean {
  const path = ["", ...pathOf(schema).filter((one) => one !== "")];
  const [at, otherAt] = [path.indexOf(revision), path.indexOf(other)];
  return at >= 0 && at < otherAt;
}

function pathOf(schema: SchemaRecord | undefined): string[] {
  if (!schema) return [];
  const { heads, revision, path = [...new Set([...Object.values(heads), revision])] } = schema;
  return upTo(path, revision);
}

/** All of it where the revision is none of it. */
function upTo(path: string[], revision: string): string[] {
  return path.includes(revision) ? path.slice(0, path.indexOf(revision) + 1) : path;
}
