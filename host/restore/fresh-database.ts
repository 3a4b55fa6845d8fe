import type { Log } from "../log";
import { identifier, literal, psql } from "../postgres";

/** What a database beside the project's own is for. */
export type Purpose = "restore" | "proof" | "before";

/** Settings whose value is a list, which `SET … TO` stores with its elements quoted. */
const LISTS = ["search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries"];
const ELEMENT = '("([^"]|"")*"|[A-Za-z_][A-Za-z0-9_$]*)';
/** `SET … FROM CURRENT` stores what a tenant makes up, and this is read again by a superuser. */
const QUOTED_LIST = `^${ELEMENT}( *, *${ELEMENT})*$`;

/** `shop_restore_20260101_120000`, with a sequence where that is taken. */
export function datedName(database: string, purpose: Purpose, now: Date, taken: string[]): string {
  const digits = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "_");
  const name = `${database}_${purpose}_${digits}`;
  for (let sequence = 2; ; sequence++) {
    const candidate = sequence === 2 && !taken.includes(name) ? name : `${name}_${sequence}`;
    if (!taken.includes(candidate)) return candidate;
  }
}

/** Databases beside a project's own, oldest first: by the form of their name, and owned by its role. */
export async function databasesBeside(postgres: string, database: string, purposes: Purpose[]): Promise<string[]> {
  const form = `^${database}_(${purposes.join("|")})_[0-9]{8}_[0-9]{6}(_[0-9]+)?$`;
  const names = await psql({ postgres }, [
    `SELECT datname FROM pg_database WHERE datname ~ ${literal(form)} AND pg_get_userbyid(datdba) = ${literal(database)}`,
    "ORDER BY 1;",
  ]);
  return names.split("\n").filter(Boolean);
}

/** An empty database of the project's role, with the settings, the grants and the connection limit of its own one. */
export async function createFresh(postgres: string, database: string, purpose: Purpose, now: Date): Promise<string> {
  const taken = await databasesBeside(postgres, database, [purpose]);
  const fresh = datedName(database, purpose, now, taken);
  await psql({ postgres }, [
    `CREATE DATABASE ${identifier(fresh)} OWNER ${identifier(database)} TEMPLATE template0;`,
    `REVOKE ALL ON DATABASE ${identifier(fresh)} FROM PUBLIC;`,
    ...settingsOf(database, fresh),
    ...grantsOf(database, fresh),
    `SELECT format('ALTER DATABASE %I CONNECTION LIMIT %s', ${literal(fresh)}, datconnlimit)`,
    `FROM pg_database WHERE datname = ${literal(database)} \\gexec`,
  ]);
  return fresh;
}

/** An empty database in the place of a project's own, where that is gone: what is restored can take its place then. */
export async function fillGap(postgres: string, log: Log, database: string): Promise<void> {
  const there = [`SELECT oid FROM pg_database WHERE datname = ${literal(database)};`];
  if ((await psql({ postgres }, there)) !== "") return;
  await psql({ postgres }, ownDatabase(database, database));
  log.warn(`database ${database} was gone; an empty one is in its place until the backup is`);
}

/** Lines for psql that make a project's own database where it is not there, and open it to nobody but its role. */
export function ownDatabase(database: string, role: string): string[] {
  const [own, owner] = [identifier(database), identifier(role)];
  return [
    `SELECT 'CREATE DATABASE ${own} OWNER ${owner}'`,
    `WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = ${literal(database)})`,
    "\\gexec",
    `REVOKE CONNECT ON DATABASE ${own} FROM PUBLIC;`,
    `GRANT CONNECT ON DATABASE ${own} TO ${owner};`,
  ];
}

/** For everybody, and for single roles. */
function settingsOf(database: string, fresh: string): string[] {
  return [
    `SELECT CASE setrole WHEN 0 THEN format('ALTER DATABASE %I', ${literal(fresh)})`,
    `  ELSE format('ALTER ROLE %I IN DATABASE %I', pg_get_userbyid(setrole), ${literal(fresh)}) END`,
    "  || format(' SET %I TO %s', name,",
    `  CASE WHEN name IN (${LISTS.map(literal).join(", ")}) AND value ~ ${literal(QUOTED_LIST)}`,
    "    THEN value ELSE quote_literal(value) END)",
    "FROM pg_db_role_setting, unnest(setconfig) AS setting,",
    "  LATERAL (SELECT split_part(setting, '=', 1) AS name, substr(setting, strpos(setting, '=') + 1) AS value) AS parts",
    `WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = ${literal(database)})`,
    "\\gexec",
  ];
}

function grantsOf(database: string, fresh: string): string[] {
  return [
    `SELECT format('GRANT %s ON DATABASE %I TO %s%s', privilege_type, ${literal(fresh)},`,
    "  CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,",
    "  CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END)",
    "FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))",
    `WHERE datname = ${literal(database)}`,
    "\\gexec",
  ];
}

export async function dropDatabase(postgres: string, name: string): Promise<void> {
  await psql({ postgres }, [`DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE);`]);
}
