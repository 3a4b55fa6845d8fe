/** Which revision of its schema a project's database is at, and which images brought it where. */
export interface SchemaRecord {
  /** What the project's `current` command printed after the last migration. */
  revision: string;
  /** Image reference to the revision it brought the database to. */
  heads: Record<string, string>;
  /** The revisions that the database came through, oldest first, to the present one; records of old have none. */
  path?: string[];
  /** Of them: those with which the release before works, as its project said of the migration then. */
  compatible?: string[];
}

/** After a migration, `isCompatible` with the release before: `image` brought the database to this revision. */
export function broughtTo(
  before: SchemaRecord | undefined,
  image: string | undefined,
  revision: string,
  isCompatible: boolean,
): SchemaRecord {
  const { compatible = [] } = before ?? {};
  const isStep = revision !== before?.revision;
  const others = isStep ? compatible.filter((one) => one !== revision) : compatible;
  return {
    revision,
    heads: { ...before?.heads, ...(image !== undefined && { [image]: revision }) },
    path: [...pathOf(before).filter((one) => one !== revision), revision],
    compatible: isStep && isCompatible ? [...others, revision] : others,
  };
}

/** After a restore or a downgrade: what had brought the database further has to do so again. */
export function takenBackTo(before: SchemaRecord, revision: string): SchemaRecord {
  const path = upTo(pathOf(before), revision);
  // Those that do not tell where they brought it count as never run.
  const heads = Object.entries(before.heads).filter(([, head]) => head !== "");
  const known = path.includes(revision) ? path : [revision];
  const compatible = before.compatible?.filter((one) => known.includes(one));
  return { revision, heads: Object.fromEntries(heads), path: known, ...(compatible && { compatible }) };
}

/** Whether a release that was made for an earlier revision works with the database: every step since suits the one before. */
export function suits(schema: SchemaRecord, revision: string): boolean {
  const { compatible = [] } = schema;
  if (!isBefore(schema, revision, schema.revision)) return false;
  const path = pathOf(schema);
  return path.slice(path.indexOf(revision) + 1).every((step) => compatible.includes(step));
}

/** Whether the database came through one revision before the other; "" is from before the first migration. */
export function isBefore(schema: SchemaRecord, revision: string, other: string): boolean {
  const path = ["", ...pathOf(schema).filter((one) => one !== "")];
  const [at, otherAt] = [path.indexOf(revision), path.indexOf(other)];
  return at >= 0 && at < otherAt;
}

/**
 * Whether the database came to a revision after the one that it is at, and has been taken back since. Of a revision that
 * the path has lost, as after a restore, the order in which images brought the database somewhere tells.
 */
export function isAfter({ heads, revision, path = [] }: SchemaRecord, other: string): boolean {
  const known = [...new Set(Object.values(heads))];
  return !path.includes(other) && known.includes(revision) && known.indexOf(other) > known.indexOf(revision);
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
