import { identifier, type Login, literal, psql } from "../postgres";

/** Name of the role that dumps and counts a project's database. No project's can have a dot. */
export function dumpRole(role: string): string {
  return `${role}.dump`;
}

/**
 * The same database for the role that may read all of it, which is made where it is missing. The owner itself may not,
 * where its tables force their row-level security on it. A member of the project's role, without becoming it: it reads
 * what that one owns. Not the other way round, so no tenant gets past a policy by it. Without a password and a database
 * of its name, it gets in over the container's own socket alone.
 */
export async function dumpLogin({ postgres, role, database }: Required<Login>): Promise<Required<Login>> {
  const name = dumpRole(role);
  await psql({ postgres }, [
    "BEGIN;",
    `SELECT pg_advisory_xact_lock(hashtext(${literal(name)})) \\g /dev/null`,
    `SELECT ${literal(`CREATE ROLE ${identifier(name)} LOGIN BYPASSRLS`)}`,
    `WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(name)})`,
    "\\gexec",
    `SELECT ${literal(`GRANT ${identifier(role)} TO ${identifier(name)} WITH INHERIT TRUE, SET FALSE`)}`,
    `WHERE NOT pg_has_role(${literal(name)}, ${literal(role)}, 'USAGE')`,
    "\\gexec",
    "COMMIT;",
  ]);
  return { postgres, role: name, database };
}
